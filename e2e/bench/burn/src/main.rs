//! Runs one of the exported models on burn's wgpu backend and prints how long each run took.
//!
//!     bench-burn MODEL INPUT OUTPUT WARM_UP RUNS DIM…
//!
//! INPUT holds the input's elements (f32 or i64, little endian) and the DIMs its shape; OUTPUT is written as f32. A run goes from the
//! input on the host to the output on the host, as it does for the others.

use std::hint::black_box;
use std::time::Instant;
use std::{env, fs, process};

use burn::tensor::{Device, DeviceKind, Int, Tensor, TensorData};

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// What to run.
pub struct Job {
    input: Vec<u8>,
    output: String,
    warm_up: usize,
    runs: usize,
    shape: Vec<usize>,
}

/// What came of it, in milliseconds.
pub struct Times {
    load: f64,
    first: f64,
    runs: Vec<f64>,
    processor: Option<f64>,
}

/// An input that can be made of the job's bytes.
pub trait Input {
    /// The input on a device.
    fn read(job: &Job, device: &Device) -> Self;
}

impl<const D: usize> Input for Tensor<D> {
    fn read(job: &Job, device: &Device) -> Self {
        let numbers = job
            .input
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        Self::from_data(
            TensorData::new(numbers.collect::<Vec<f32>>(), job.shape.clone()),
            device,
        )
    }
}

impl<const D: usize> Input for Tensor<D, Int> {
    fn read(job: &Job, device: &Device) -> Self {
        let words = job
            .input
            .chunks_exact(8)
            .map(|bytes| i64::from_le_bytes(bytes.try_into().expect("eight of them")) as i32);
        Self::from_data(TensorData::new(words.collect::<Vec<i32>>(), job.shape.clone()), device)
    }
}

/// Loads a model and times its runs.
fn measure<M, I: Input, const D: usize>(
    job: &Job,
    load: impl Fn(&Device) -> M,
    forward: impl Fn(&M, I) -> Tensor<D>,
) -> Result<Times, String> {
    // The software adapter where it is asked for, else the best there is: as the others choose.
    let is_software = env::var("BENCH_SOFTWARE").is_ok();
    let device = Device::wgpu(if is_software {
        DeviceKind::Cpu
    } else {
        DeviceKind::DefaultDevice
    });
    let milliseconds = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let model = load(&device);
    let load = milliseconds(start);
    let run = || -> Result<(TensorData, f64), String> {
        let start = Instant::now();
        let output = forward(&model, I::read(job, &device)).into_data();
        // The data may still be on its way: it is waited for where somebody looks at it.
        black_box(output.as_bytes().iter().fold(0_u8, |all, byte| all ^ byte));
        Ok((output, milliseconds(start)))
    };
    let (output, first) = run()?;
    let output = output.convert::<f32>();
    let numbers = output
        .as_slice::<f32>()
        .map_err(|error| format!("the output is not read: {error:?}"))?;
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    fs::write(&job.output, bytes).map_err(|error| format!("{}: {error}", job.output))?;
    for _ in 1..job.warm_up {
        run()?;
    }
    let before = processor_ms();
    let runs = (0..job.runs)
        .map(|_| Ok(run()?.1))
        .collect::<Result<Vec<f64>, String>>()?;
    let processor = processor_ms()
        .zip(before)
        .map(|(after, before)| (after - before) / runs.len() as f64);
    Ok(Times {
        load,
        first,
        runs,
        processor,
    })
}

/// Processor time of this process so far, from fields 14 and 15 of Linux's `stat` file, in hundredths of a second.
fn processor_ms() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some(10.0 * (ticks()? + ticks()?))
}

fn job(arguments: &[String]) -> Result<(String, Job), String> {
    let [name, input, output, warm_up, runs, shape @ ..] = arguments else {
        return Err("MODEL INPUT OUTPUT WARM_UP RUNS DIM… are needed".into());
    };
    let number = |text: &String| text.parse().map_err(|error| format!("{text}: {error}"));
    let job = Job {
        input: fs::read(input).map_err(|error| format!("{input}: {error}"))?,
        output: output.clone(),
        warm_up: number(warm_up)?,
        runs: number(runs)?,
        shape: shape.iter().map(number).collect::<Result<_, String>>()?,
    };
    Ok((name.clone(), job))
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match job(&arguments).and_then(|(name, job)| run(&name, &job)) {
        Ok(times) => println!(
            "{}",
            serde_json::json!({ "load_ms": times.load, "first_run_ms": times.first, "runs_ms": times.runs,
                "processor_ms": times.processor })
        ),
        Err(message) => {
            println!("{}", serde_json::json!({ "failed": message }));
            process::exit(1);
        }
    }
}
