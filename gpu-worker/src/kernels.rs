//! The kernels: WGSL in files, each beside the host code that knows its parameters.
//!
//! Every kernel has the same interface. Binding 0 is a uniform block of parameters, bindings 1 to `inputs` are read, the next one is
//! written; every element is one 32-bit word. What is read are buffers, or textures for the first of them, see [`Launch::texels`]. Variants of a kernel are chosen by pipeline constants, which the driver folds. What is
//! done with results before they are stored may be added to many kernels, see [`Epilogue`].

pub mod attention;
pub mod binary;
mod codes;
pub mod col2im;
pub mod conv;
pub mod conv_transpose;
pub mod copy;
pub mod deform_conv;
mod depthwise;
pub mod element;
mod epilogue;
pub mod extremes;
mod family;
pub mod gather;
pub mod grid_sample;
mod im2col;
pub mod inverted;
pub mod layer_norm;
pub mod matmul;
pub mod normalize;
mod pack;
mod pairs;
pub mod pool;
pub mod reduce;
pub mod requantize;
pub mod resample;
pub mod roi_align;
mod role;
pub mod select;
pub mod softmax;
mod span;
mod stores;
mod strided;
mod target;
mod template;
pub mod texels;
pub mod unary;
pub mod uniform;
#[cfg(test)]
mod validation;
mod variants;

use std::sync::Arc;

use crate::tensor::{Shape, TensorType};

pub use self::codes::{Codes, Piece};
pub use self::epilogue::Epilogue;
pub use self::pack::{EIGHT, padded as pack_columns};
pub use self::pairs::Form;
pub use self::role::Role;
pub use self::strided::Strided;
pub use self::target::{Abilities, Matrices, Target};
pub use self::texels::TEXEL;
pub use self::variants::Variants;

/// Threads of a workgroup in every kernel.
pub const WORKGROUP: u32 = 64;
/// Rounds of index arithmetic: one for each dimension, twice, and of loops over four neighbours.
const MAX_STRIDED_ROUNDS: usize = 40;
/// Workgroups along x before a grid goes on along y; the least that WebGPU guarantees.
const GRID_WIDTH: u32 = 65_535;

/// Rounds that all loops of one thread may take together. Mesa's software driver ends them after 65,535, silently and with a wrong
/// result, and drivers of real GPUs stop a thread that runs for seconds. A loop of n takes n + 1 rounds, each time that it is reached.
pub const MAX_ROUNDS: usize = 65_000;

/// A shader and the number of tensors that it reads.
#[derive(Debug)]
pub struct Kernel {
    /// Name, unique among the kernels.
    pub name: &'static str,
    /// WGSL, the shared functions included.
    pub source: &'static str,
    /// Number of tensors that it reads.
    pub inputs: usize,
}

/// What every kernel's own source comes after; functions that results go through use it as well.
const COMMON: &str = include_str!("kernels/common.wgsl");
/// What kernels for [`Target::Lanes`] use that load or store eight floats at once.
const EIGHTS: &str = include_str!("kernels/eights.wgsl");

/// Declares a kernel whose source is `NAME/NAME.wgsl` after the shared functions, and perhaps after other files that it has in common with
/// other kernels: their parameters, functions, or what goes through a row by a workgroup. `kernel!(NAME of OWN, …)` is one of another name.
macro_rules! kernel {
    ($name:literal, inputs: $inputs:literal $(, after $($file:literal),+)?) => {
        $crate::kernels::kernel!($name of $name, inputs: $inputs $(, after $($file),+)?)
    };
    ($name:literal of $own:literal, inputs: $inputs:literal $(, after $($file:literal),+)?) => {
        $crate::kernels::Kernel {
            name: $name,
            source: concat!(
                include_str!("common.wgsl"),
                $($(include_str!($file),)+)?
                include_str!(concat!($own, "/", $own, ".wgsl"))
            ),
            inputs: $inputs,
        }
    };
}
pub(crate) use kernel;

/// A tensor that a launch reads or writes.
#[derive(Debug, Clone, PartialEq)]
pub enum Binding {
    /// Input of the node.
    Input(usize),
    /// What an input of the node is a rearrangement of, see [`crate::ops::Operand::walk`].
    Source(usize),
    /// What an earlier launch of the node wrote: an output, or scratch memory numbered on from the outputs.
    Output(usize),
    /// Words known while planning, such as indices.
    Words(Vec<u32>),
    /// Some of the rows of an input of the node that is known.
    Rows {
        /// Which input.
        input: usize,
        /// The first row.
        first: usize,
        /// How many.
        count: usize,
    },
    /// What codes of an input of the node stand for.
    Codes(Codes),
}

/// One dispatch of a kernel.
#[derive(Debug)]
pub struct Launch {
    /// What runs.
    pub kernel: &'static Kernel,
    /// Pipeline constants.
    pub constants: Vec<(&'static str, u32)>,
    /// The parameter block.
    pub params: Params,
    /// What is read, as many as the kernel declares.
    pub reads: Vec<Binding>,
    /// How many of the first of them are read as textures of [`texels`].
    pub texels: u32,
    /// What becomes of each result before it is stored.
    pub epilogue: Option<Arc<Epilogue>>,
    /// What it computes, for the optimiser.
    pub role: Role,
    /// Which output of the node is written.
    pub writes: usize,
    /// Workgroups along x, y and z.
    pub grid: [u32; 3],
    /// Rounds that the loops of one thread take at most; more than [`MAX_ROUNDS`] is refused.
    pub rounds: usize,
    /// Kernels that do the same from the same parameters and tensors, for [`Target::Gpu`].
    pub on_gpu: Option<Box<OnGpu>>,
    /// A kernel that does the same by four elements at a time, with the same workgroups, for [`Target::Lanes`].
    pub on_lanes: Option<&'static Kernel>,
    /// Other kernels that do the same, of which one may be faster.
    pub variants: Option<Box<Variants>>,
    /// What computes results that the grid leaves over.
    pub rest: Option<Box<Rest>>,
}

/// A kernel that reads and writes the same tensors, with the same pipeline constants and epilogue, for results of a launch that its own
/// grid leaves over.
#[derive(Debug, Clone)]
pub struct Rest {
    /// What runs.
    pub kernel: &'static Kernel,
    /// The parameter block.
    pub params: Params,
    /// Workgroups along x, y and z.
    pub grid: [u32; 3],
}

/// What runs on GPUs.
#[derive(Debug, Clone)]
pub struct OnGpu {
    /// A kernel that runs on all.
    kernel: &'static Kernel,
    /// Another one for those with [`Abilities::has_subgroups`].
    by_subgroups: &'static Kernel,
    /// Workgroups along x, y and z.
    grid: [u32; 3],
}

impl OnGpu {
    fn chosen(&self, abilities: Abilities) -> (&'static Kernel, [u32; 3]) {
        let kernel = match abilities.has_subgroups {
            true => self.by_subgroups,
            false => self.kernel,
        };
        (kernel, self.grid)
    }
}

impl Launch {
    /// A launch of one thread for each of `threads` items.
    pub fn new(kernel: &'static Kernel, params: Params, reads: Vec<Binding>, threads: usize) -> Self {
        debug_assert_eq!(
            kernel.inputs,
            reads.len(),
            "{} reads as many tensors as it declares",
            kernel.name
        );
        Self {
            kernel,
            constants: Vec::new(),
            params,
            reads,
            texels: 0,
            epilogue: None,
            role: Role::Other,
            writes: 0,
            grid: grid(threads),
            rounds: MAX_STRIDED_ROUNDS,
            on_gpu: None,
            on_lanes: None,
            variants: None,
            rest: None,
        }
    }

    /// The same launch, whose threads take `rounds` besides those of index arithmetic.
    pub fn taking(mut self, rounds: usize) -> Self {
        self.rounds = self.rounds.saturating_add(rounds);
        self
    }

    /// The same launch, whose kernels read the first `count` tensors as textures.
    pub fn by_texels(mut self, count: u32) -> Self {
        self.texels = count;
        self
    }

    /// Whether its kernels read tensor `place` as a texture.
    pub fn reads_texels(&self, place: usize) -> bool {
        place < self.texels as usize
    }

    /// The same launch with one more pipeline constant.
    pub fn with(mut self, name: &'static str, value: u32) -> Self {
        self.constants.push((name, value));
        self
    }

    /// The same launch, whose rows of `length` elements a GPU goes through by a workgroup each, where they are long enough: with `kernel`, or with
    /// `by_subgroups` where threads of a subgroup tell each other what they have.
    /// One thread for each row would neither read neighbours together with others nor be many.
    pub fn by_rows(
        mut self,
        kernel: &'static Kernel,
        by_subgroups: &'static Kernel,
        rows: usize,
        length: usize,
    ) -> Self {
        if length >= WORKGROUP as usize && rows > 0 {
            self.on_gpu = Some(Box::new(OnGpu {
                kernel,
                by_subgroups,
                grid: groups(rows as u64),
            }));
        }
        self
    }

    /// The same launch, with another kernel for GPUs where threads of a subgroup tell each other what they have.
    pub fn by_subgroups(mut self, by_subgroups: &'static Kernel) -> Self {
        let (kernel, grid) = (self.kernel, self.grid);
        self.on_gpu = Some(Box::new(OnGpu {
            kernel,
            by_subgroups,
            grid,
        }));
        self
    }

    /// The same launch, whose rows of `length` elements are gone through by four elements at a time where lanes load one by one, with
    /// `kernel`, if they are whole fours. A load of four costs as much as one of one there.
    pub fn by_fours(mut self, kernel: &'static Kernel, length: usize) -> Self {
        self.on_lanes = (length > 0 && length.is_multiple_of(4)).then_some(kernel);
        self
    }

    /// What runs on a target, and its workgroups along x, y and z.
    pub fn kernel_on(&self, target: Target) -> (&'static Kernel, [u32; 3]) {
        let chosen = match target {
            Target::Gpu(abilities) => self.on_gpu.as_deref().map(|on_gpu| on_gpu.chosen(abilities)),
            Target::Lanes(_) => self.on_lanes.map(|kernel| (kernel, self.grid)),
            Target::Any => None,
        };
        chosen.unwrap_or((self.kernel, self.grid))
    }

    /// Reads what input `index` is a rearrangement of wherever it would read that.
    pub fn read_source(&mut self, index: usize) {
        for read in &mut self.reads {
            if *read == Binding::Input(index) {
                *read = Binding::Source(index);
            }
        }
    }

    /// The same launch, writing output `index`.
    pub fn writing(mut self, index: usize) -> Self {
        self.writes = index;
        self
    }
}

/// Launches that follow each other, and the memory that they need between them.
#[derive(Debug, Default)]
pub struct Launches {
    /// What runs.
    pub launches: Vec<Launch>,
    /// What lies in that memory; numbered on from the outputs.
    pub scratch: Vec<TensorType>,
}

impl From<Vec<Launch>> for Launches {
    fn from(launches: Vec<Launch>) -> Self {
        let scratch = Vec::new();
        Self { launches, scratch }
    }
}

/// A grid of at least `threads` threads. `common.wgsl` finds a thread's number in it.
fn grid(threads: usize) -> [u32; 3] {
    groups((threads as u64).div_ceil(WORKGROUP.into()))
}

/// A grid of at least `count` workgroups.
fn groups(count: u64) -> [u32; 3] {
    let count = count.max(1);
    let width = count.min(GRID_WIDTH.into());
    [width as u32, count.div_ceil(width) as u32, 1]
}

/// Builds the uniform block of a kernel, field by field in the order of its WGSL struct. Arrays come first, so that each field lies
/// where WGSL's alignment rules put it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params(Vec<u32>);

impl Params {
    /// An empty block.
    pub fn new() -> Self {
        Self::default()
    }

    /// An unsigned number; counts of elements always fit, see [`Shape`].
    pub fn count(mut self, value: usize) -> Self {
        self.0.push(u32::try_from(value).unwrap_or(u32::MAX));
        self
    }

    /// A signed number.
    pub fn signed(mut self, value: i32) -> Self {
        self.0.push(value as u32);
        self
    }

    /// A floating-point number.
    pub fn float(mut self, value: f32) -> Self {
        self.0.push(value.to_bits());
        self
    }

    /// Three numbers, a `vec4<u32>` in WGSL.
    pub fn triple(self, values: [usize; 3]) -> Self {
        values.into_iter().fold(self, Self::count).count(0)
    }

    /// Three signed numbers, a `vec4<i32>` in WGSL.
    pub fn signed_triple(self, values: [i32; 3]) -> Self {
        values.into_iter().fold(self, Self::signed).signed(0)
    }

    /// Eight numbers, `array<vec4<i32>, 2>` or `array<vec4<u32>, 2>` in WGSL; the missing ones are `fill`.
    pub fn eight(mut self, values: impl IntoIterator<Item = i64>, fill: i32) -> Self {
        let values = values
            .into_iter()
            .map(|value| value as i32)
            .chain(std::iter::repeat(fill));
        self.0.extend(values.take(8).map(|value| value as u32));
        self
    }

    /// The block, padded to whole vectors.
    pub fn words(&self) -> Vec<u32> {
        let mut words = self.0.clone();
        words.resize(words.len().next_multiple_of(4).max(4), 0);
        words
    }
}

/// The number of elements before, along and after `axis`.
pub fn around(shape: &Shape, axis: usize) -> (usize, usize, usize) {
    let dims = shape.dims();
    (
        dims[..axis].iter().product(),
        dims[axis],
        dims[axis + 1..].iter().product(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_covers_every_thread() {
        for threads in [0, 1, 64, 65, 65_535 * 64, 65_535 * 64 + 1, crate::tensor::MAX_ELEMENTS] {
            let [x, y, z] = grid(threads);
            assert!(x <= GRID_WIDTH && y <= GRID_WIDTH);
            assert!(u64::from(x) * u64::from(y) * u64::from(z) * u64::from(WORKGROUP) >= threads as u64);
        }
    }
}
