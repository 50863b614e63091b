//! A replay that times each launch by itself.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::recording::{Dispatch, Host, Phase, Recording};
use super::transfer::{fetch, upload};
use super::words::from_words;
use super::{Engine, GpuError};

/// Launches that one set of timestamps covers: WebGPU admits 4,096 of them in a set, and a launch takes two.
const LAUNCHES_OF_A_SET: usize = 2048;

/// How a profile's launches are timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The device writes its clock before and after each launch, all in one submission.
    Timestamps,
    /// Each launch is submitted and waited for by itself, so the time of a submission is in each.
    Submissions,
}

/// How long the parts of one replay took.
#[derive(Debug)]
pub struct Profile {
    /// How launches were timed.
    pub clock: Clock,
    /// Time of each launch, in the order of the plan's launches.
    pub launches: Vec<Duration>,
    /// Time of each node that ran on the host.
    pub host: Vec<(usize, Duration)>,
    /// Time that the host took to hand inputs over.
    pub upload: Duration,
    /// Time from the last launch to outputs on the host.
    pub download: Duration,
}

impl Engine {
    /// The best clock that the adapter has.
    pub fn clock(&self) -> Clock {
        if self.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            Clock::Timestamps
        } else {
            Clock::Submissions
        }
    }

    /// Waits until everything that was submitted is done.
    pub(super) fn wait(&self) -> Result<(), GpuError> {
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|error| GpuError::Device(error.to_string()))?;
        self.check()
    }
}

impl Recording {
    /// Runs every step once and times it.
    pub fn profile<H: Host>(&self, engine: &Engine, host: &mut H, clock: Clock) -> Result<Profile, H::Error> {
        let mut profile = Profile {
            clock,
            launches: Vec::new(),
            host: Vec::new(),
            upload: Duration::ZERO,
            download: Duration::ZERO,
        };
        for phase in &self.phases {
            let start = Instant::now();
            match phase {
                Phase::Upload(uploads) => {
                    for (value, buffer) in uploads {
                        upload(engine, host.value(*value)?, buffer)?;
                    }
                    engine.queue.submit([]);
                    engine.wait()?;
                    profile.upload += start.elapsed();
                }
                Phase::Compute(dispatches) => profile.launches.extend(match clock {
                    Clock::Timestamps => by_timestamps(engine, dispatches)?,
                    Clock::Submissions => by_submissions(engine, dispatches)?,
                }),
                Phase::Download(downloads) => {
                    let fetched = fetch(engine, downloads)?;
                    profile.download += start.elapsed();
                    for (download, words) in downloads.iter().zip(fetched) {
                        host.set(download.value, from_words(&download.tensor_type, words)?);
                    }
                }
                Phase::Host(node, outputs) => {
                    host.run(*node, outputs)?;
                    profile.host.push((*node, start.elapsed()));
                }
            }
        }
        Ok(profile)
    }
}

fn by_submissions(engine: &Engine, dispatches: &[Dispatch]) -> Result<Vec<Duration>, GpuError> {
    let time = |dispatch: &Dispatch| {
        let mut encoder = engine.device.create_command_encoder(&Default::default());
        dispatch.copy(&mut encoder);
        dispatch.encode(&mut encoder.begin_compute_pass(&Default::default()));
        let commands = encoder.finish();
        let start = Instant::now();
        engine.queue.submit([commands]);
        engine.wait()?;
        Ok(start.elapsed())
    };
    dispatches.iter().map(time).collect()
}

fn by_timestamps(engine: &Engine, dispatches: &[Dispatch]) -> Result<Vec<Duration>, GpuError> {
    let mut times = Vec::with_capacity(dispatches.len());
    for part in dispatches.chunks(LAUNCHES_OF_A_SET) {
        times.extend(by_one_set(engine, part)?);
    }
    Ok(times)
}

fn by_one_set(engine: &Engine, dispatches: &[Dispatch]) -> Result<Vec<Duration>, GpuError> {
    let count = 2 * dispatches.len() as u32;
    let set = engine.device.create_query_set(&wgpu::QuerySetDescriptor {
        label: Some("times"),
        ty: wgpu::QueryType::Timestamp,
        count,
    });
    let buffer = |label, usage| {
        engine.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: u64::from(count) * u64::from(wgpu::QUERY_SIZE),
            usage,
            mapped_at_creation: false,
        })
    };
    let resolved = buffer(
        "times",
        wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
    );
    let staging = buffer("staging", wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
    let mut encoder = engine.device.create_command_encoder(&Default::default());
    for (index, dispatch) in dispatches.iter().enumerate() {
        let begin = 2 * index as u32;
        let pass = |encoder: &mut wgpu::CommandEncoder, first, last| {
            let pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                    query_set: &set,
                    beginning_of_pass_write_index: first,
                    end_of_pass_write_index: last,
                }),
            });
            pass.forget_lifetime()
        };
        // Copies count, too, and stand between passes.
        drop(pass(&mut encoder, Some(begin), None));
        dispatch.copy(&mut encoder);
        dispatch.encode(&mut pass(&mut encoder, None, Some(begin + 1)));
    }
    encoder.resolve_query_set(&set, 0..count, &resolved, 0);
    encoder.copy_buffer_to_buffer(&resolved, 0, &staging, 0, staging.size());
    engine.queue.submit([encoder.finish()]);
    let ticks: Vec<u64> = super::transfer::read(engine, &staging)?;
    let period = f64::from(engine.queue.get_timestamp_period());
    let elapsed = |pair: &[u64]| Duration::from_nanos((pair[1].saturating_sub(pair[0]) as f64 * period) as u64);
    Ok(ticks.chunks_exact(2).map(elapsed).collect())
}
