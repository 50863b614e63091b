//! Operators against values computed by hand or by a naive definition, on the device that the tests share.

mod composed;
mod cooperative;
mod elementwise;
mod halves;
mod host;
mod hostile;
mod images;
mod indices;
mod layers;
mod movement;
mod quantized;
mod reductions;
mod shapes;
mod sklearn;
mod targets;
mod windows;
