//! Memory that is a buffer for kernels that write it and a texture for those that read it as texels, so that nothing is copied between.
//!
//! wgpu has no such thing, so Vulkan itself is asked for it: a buffer and a linear image bound to the same memory, of which the specification
//! says that they hold the same bytes. What it does not say is that a kernel sees through the image what the one before it wrote to the
//! buffer, because wgpu takes them for two resources and puts no barrier between. A driver that runs kernels on the CPU has ended one
//! before it begins the next, so only there memory is shared.

#![allow(unsafe_code)]

use std::sync::Arc;

use ash::vk;
use wgpu::hal::api::Vulkan;
use wgpu::hal::vulkan::{self, TextureMemory};
use wgpu::hal::{self, MemoryFlags};

use super::slots::Slot;
use super::texels::{self, FORMAT};
use super::{AdapterInfo, Engine, slots};
use crate::kernels::texels::{ROW, ROW_BYTES, rows};

/// [`FORMAT`] as Vulkan names it.
const VK_FORMAT: vk::Format = vk::Format::R32G32B32A32_SFLOAT;

/// A buffer and an image in the same memory. They go together, once neither is in use.
struct Objects {
    device: ash::Device,
    buffer: vk::Buffer,
    image: vk::Image,
    memory: vk::DeviceMemory,
}

impl Drop for Objects {
    fn drop(&mut self) {
        // SAFETY: wgpu lets go of its halves after the last submission that uses them has ended. What was not made is null, which these
        // functions allow.
        unsafe {
            self.device.destroy_image(self.image, None);
            self.device.destroy_buffer(self.buffer, None);
            self.device.free_memory(self.memory, None);
        }
    }
}

impl Objects {
    /// Makes them, for a buffer of so many bytes and an image of so many whole rows; `None` where the driver lays images out in another way
    /// or has no memory for both.
    fn new(device: &ash::Device, bytes: u64, rows: u32) -> Option<Self> {
        let mut made = Self {
            device: device.clone(),
            buffer: vk::Buffer::null(),
            image: vk::Image::null(),
            memory: vk::DeviceMemory::null(),
        };
        let usage = vk::BufferUsageFlags::STORAGE_BUFFER
            | vk::BufferUsageFlags::TRANSFER_SRC
            | vk::BufferUsageFlags::TRANSFER_DST;
        let buffer = vk::BufferCreateInfo::default().size(bytes).usage(usage);
        let image = vk::ImageCreateInfo::default()
            .image_type(vk::ImageType::TYPE_2D)
            .format(VK_FORMAT)
            .extent(vk::Extent3D {
                width: ROW,
                height: rows,
                depth: 1,
            })
            .mip_levels(1)
            .array_layers(1)
            .samples(vk::SampleCountFlags::TYPE_1)
            .tiling(vk::ImageTiling::LINEAR)
            .usage(vk::ImageUsageFlags::STORAGE);
        let whole = vk::ImageSubresource::default().aspect_mask(vk::ImageAspectFlags::COLOR);
        // SAFETY: the device is open, and what is asked of it is as Vulkan wants it: sizes are not zero, the image's are within the device's
        // limits, and the format was found to allow linear images that kernels read (`is_possible`).
        unsafe {
            made.buffer = device.create_buffer(&buffer, None).ok()?;
            made.image = device.create_image(&image, None).ok()?;
            let layout = device.get_image_subresource_layout(made.image, whole);
            let [of_buffer, of_image] = [
                device.get_buffer_memory_requirements(made.buffer),
                device.get_image_memory_requirements(made.image),
            ];
            let kinds = of_buffer.memory_type_bits & of_image.memory_type_bits;
            if layout.offset != 0 || layout.row_pitch != ROW_BYTES || kinds == 0 {
                return None;
            }
            let allocation = vk::MemoryAllocateInfo::default()
                .allocation_size(of_buffer.size.max(of_image.size))
                .memory_type_index(kinds.trailing_zeros());
            made.memory = device.allocate_memory(&allocation, None).ok()?;
            device.bind_buffer_memory(made.buffer, made.memory, 0).ok()?;
            device.bind_image_memory(made.image, made.memory, 0).ok()?;
        }
        Some(made)
    }
}

/// Whether an adapter can share memory so: that its driver ends a kernel before it begins the next one, its kind tells.
pub(super) fn is_possible(info: &AdapterInfo, device: &wgpu::Device) -> bool {
    // SAFETY: nothing is destroyed through it.
    let Some(device) = (unsafe { device.as_hal::<Vulkan>() }) else {
        return false;
    };
    let instance = device.shared_instance().raw_instance();
    // SAFETY: the device is open, so its instance and physical device are there.
    let format = unsafe { instance.get_physical_device_format_properties(device.raw_physical_device(), VK_FORMAT) };
    let are_read = format
        .linear_tiling_features
        .contains(vk::FormatFeatureFlags::STORAGE_IMAGE);
    info.kind == "software" && are_read && Objects::new(device.raw_device(), ROW_BYTES, 1).is_some()
}

/// Zeroed memory of so many bytes, a multiple of those of a texel, in both forms, on a device that can share it; `None` where there is not
/// enough.
pub(super) fn slot(engine: &Engine, bytes: u64) -> Option<Slot> {
    let rows = rows(bytes);
    if rows > u64::from(engine.device.limits().max_texture_dimension_2d) {
        return None;
    }
    // SAFETY: nothing is destroyed through it.
    let device = unsafe { engine.device.as_hal::<Vulkan>() }?;
    let objects = Arc::new(Objects::new(device.raw_device(), bytes, rows as u32)?);
    let [of_buffer, of_image] = [Arc::clone(&objects), Arc::clone(&objects)];
    let described = hal::TextureDescriptor {
        label: Some("shared"),
        size: texels::size(ROW, rows as u32),
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUses::STORAGE_READ_ONLY,
        memory_flags: MemoryFlags::empty(),
        view_formats: Vec::new(),
    };
    // SAFETY: both were made by this device as they are described, and stay until wgpu has let go of both. The buffer is filled with zeros
    // below before anything reads it.
    let (buffer, texture) = unsafe {
        let buffer = vulkan::Buffer::from_raw_externally_owned(objects.buffer, Box::new(move || drop(of_buffer)));
        let image = device.texture_from_raw(
            objects.image,
            &described,
            Some(Box::new(move || drop(of_image))),
            TextureMemory::External,
        );
        let buffer = engine
            .device
            .create_buffer_from_hal::<Vulkan>(buffer, &slots::described(bytes));
        let texture = engine.device.create_texture_from_hal::<Vulkan>(
            image,
            &texels::described(rows as u32, wgpu::TextureUsages::STORAGE_BINDING),
            wgpu::TextureUses::UNINITIALIZED,
        );
        (buffer, texture)
    };
    let mut encoder = engine.device.create_command_encoder(&Default::default());
    encoder.clear_buffer(&buffer, 0, None);
    engine.queue.submit([encoder.finish()]);
    Some(Slot {
        buffer,
        texels: Some(texture.create_view(&Default::default())),
    })
}
