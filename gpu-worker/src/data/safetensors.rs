//! Tensors of `.safetensors` files. Samples stay in the file until a batch asks for them.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::source::{Rows, Source, bounded, check_lengths};
use super::{DataError, DataOptions, checked_size, sample_type, to_samples, to_targets};
use crate::model::decode_raw;
use crate::tensor::safetensors::{Stored, read_head};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// A file whose samples are read batch by batch.
#[derive(Debug)]
pub struct Safetensors {
    path: PathBuf,
    file: Mutex<File>,
    name: String,
    stored: Stored,
    /// As it is stored.
    data_type: DataType,
    sample: TensorType,
    targets: Rows,
}

/// Opens a file, and reads its targets.
pub fn open(path: &Path, options: &DataOptions) -> Result<Safetensors, DataError> {
    let mut file = File::open(path).map_err(|error| DataError::file(path, error))?;
    let length = file.metadata().map_err(|error| DataError::file(path, error))?.len();
    let mut tensors = read_head(&mut file, length).map_err(|error| DataError::file(path, error))?;
    let found: Vec<String> = tensors.keys().cloned().collect();
    let name = options
        .samples_among(&found)
        .ok_or_else(|| options.no_samples(found.clone()))?;
    let targets_name = options
        .targets_among(&found)
        .ok_or_else(|| options.no_targets(found.clone()))?;
    let targets = read_all(&mut file, path, targets_name, &tensors[targets_name], options.max_bytes)?;
    let targets = Rows::new(targets_name, to_targets(targets_name, &targets)?)?;
    let Some(stored) = tensors.remove(name) else {
        return Err(options.no_samples(found));
    };
    let data_type = known_type(name, &stored)?;
    let [count, dims @ ..] = stored.dims.as_slice() else {
        return Err(DataError::array(
            name,
            "it is a single number; the first dimension counts samples",
        ));
    };
    let shape = Shape::new(dims)?;
    if *count == 0 || shape.elements() == 0 {
        return Err(DataError::Empty);
    }
    check_lengths(*count, name, &targets)?;
    Ok(Safetensors {
        path: path.to_owned(),
        file: Mutex::new(file),
        name: name.into(),
        sample: TensorType::new(sample_type(name, data_type)?, shape),
        data_type,
        stored,
        targets,
    })
}

fn known_type(name: &str, stored: &Stored) -> Result<DataType, DataError> {
    // Rows of elements of less than a byte may begin inside of one.
    let known = stored.data_type.filter(|known| *known != DataType::Float4E2M1);
    known.ok_or_else(|| DataError::Type {
        name: name.into(),
        found: stored.dtype.clone(),
        expected: "floating-point numbers or integers of whole bytes",
    })
}

fn read_all(file: &mut File, path: &Path, name: &str, stored: &Stored, limit: u64) -> Result<Tensor, DataError> {
    let data_type = known_type(name, stored)?;
    checked_size(name, stored.bytes, limit)?;
    let shape = bounded(name, stored.dims.clone(), 8, limit)?;
    let mut bytes = vec![0; stored.bytes as usize];
    read_at(file, stored.start, &mut bytes).map_err(|error| DataError::file(path, error))?;
    decode_raw(data_type, &shape, bytes.into()).map_err(|error| DataError::array(name, error))
}

fn read_at(file: &mut File, at: u64, bytes: &mut [u8]) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(bytes)
}

impl Source for Safetensors {
    fn sample_type(&self) -> &TensorType {
        &self.sample
    }

    fn samples_name(&self) -> &str {
        &self.name
    }

    fn targets(&self) -> &Rows {
        &self.targets
    }

    fn samples(&self, indices: &[usize]) -> Result<Tensor, DataError> {
        let each = self.stored.bytes as usize / self.targets.len();
        let shape = Shape::new([&[indices.len()], self.sample.shape.dims()].concat())?;
        let mut bytes = vec![0; indices.len() * each];
        // Whoever panicked before left a position, which every read sets anew.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        for (row, index) in bytes.chunks_exact_mut(each).zip(indices) {
            if *index >= self.targets.len() {
                return Err(DataError::array(&self.name, format!("there is no sample {index}")));
            }
            read_at(&mut file, self.stored.start + (index * each) as u64, row)
                .map_err(|error| DataError::file(&self.path, error))?;
        }
        drop(file);
        let tensor =
            decode_raw(self.data_type, &shape, bytes.into()).map_err(|error| DataError::array(&self.name, error))?;
        to_samples(&self.name, tensor)
    }
}
