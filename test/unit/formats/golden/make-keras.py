"""Makes the Keras 3 files of this folder: KERAS_BACKEND=jax python make-keras.py (keras, h5py)."""
import keras
import numpy as np

inputs = keras.Input((12, 4), name='promoter')
x = keras.layers.Conv1D(2, 3, name='motifs')(inputs)
x = keras.layers.BatchNormalization(name='scale')(x)
x = keras.layers.Bidirectional(keras.layers.LSTM(2), name='both_ways')(x)
x = keras.layers.Dense(3, name='hidden')(x)
x = keras.Sequential([keras.layers.Dense(2, name='inner')], name='block')(x)
outputs = keras.layers.Dense(1, use_bias=False, name='expression')(x)
model = keras.Model(inputs, outputs, name='tiny')
count = 0
for weight in model.weights:
    size = int(np.prod(weight.shape))
    weight.assign(np.arange(count, count + size).reshape(weight.shape) / 8)
    count += size
    print(weight.path, weight.shape)
model.save('keras3.keras')
model.save_weights('keras3.weights.h5')
