//! One file for each page, and the shell around all of them.

mod not_found;
mod overview;
mod shell;
mod stake;
mod subnet;
mod subnets;

pub use not_found::NotFound;
pub use overview::Overview;
pub use shell::Shell;
pub use stake::Stake;
pub use subnet::Subnet;
pub use subnets::Subnets;
