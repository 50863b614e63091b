//! The node of Inktensor's local contracts chain.

fn main() -> sc_cli::Result<()> {
    inktensor_node::run()
}
