# Writes h5py-types.h5 (h5py 3.16, numpy 2.4).
from pathlib import Path

import h5py
import numpy as np

f=h5py.File(Path(__file__).parent / 'h5py-types.h5','w',libver='latest')
f['float16']=np.array([1,2.5,-0.1,np.inf],'f2')
f['big_endian']=np.array([[1,2],[3,4]],'>f4')
f['int64']=np.array([1,2**60])
f['bool']=np.array([True,False])
f['fixed_text']=np.array([b'ab',b'c'])
f['text']=['häl','x']
f['scalar']=3.5
f['compound']=np.array([(1,2.)],dtype=[('a','i4'),('b','f8')])
f.create_dataset('gzip',data=np.arange(12.).reshape(3,4),compression='gzip',chunks=(1,4))
f.create_dataset('lzf',data=np.arange(1000.),compression='lzf')
f['empty']=np.zeros((0,4),'f4')
f['group/values']=np.arange(3,dtype='u2')
f['group'].attrs['unit']='bases'
f.attrs['names']=['a','b']; f.attrs['number']=7
f.close()
