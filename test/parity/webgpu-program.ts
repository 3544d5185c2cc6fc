// A program that computes on the backend `webgpu` and says nothing about its end.
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';

async function main(): Promise<void> {
  const { name, packageName } = await useBackend('webgpu');
  const sum = tf.tidy(() => tf.sum(tf.matMul(tf.ones([40, 40]), tf.ones([40, 40]))));
  console.log(name, packageName, (await sum.data())[0]);
  process.exitCode = 7;
}

void main();
