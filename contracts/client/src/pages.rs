//! Whole lists, read page by page from one block.

use crate::error::Error;
use crate::messages::{Message, registry, rewards, staking};
use crate::network::{Network, Snapshot};
use crate::outcome::ContractError;
use futures::{StreamExt, TryStreamExt, stream};
use inktensor_primitives::registry::{ModelRecord, Neuron, Subnet};
use inktensor_primitives::rewards::{MetagraphRow, WeightRow};
use inktensor_primitives::staking::{Delegate, Position};
use inktensor_primitives::{AccountId, NetUid, Page};
use scale::Decode;

/// How many pages are asked for at a time.
const CONCURRENT: usize = 4;

impl Snapshot {
    /// Reads the first page, learns from it how long the list is, and reads the rest side by side. These pages may leave items out,
    /// so the position, not the number of items, says what was read.
    async fn side_by_side<T, E>(&self, size: u32, page: impl Fn(u32, u32) -> Pages<T, E>) -> Result<Vec<T>, Error>
    where
        T: Decode,
        E: Decode + Into<ContractError>,
    {
        let Page { mut items, total } = self.query(page(0, size)).await?;
        let starts = (size..total).step_by(size as usize);
        let rest: Vec<Page<T>> = stream::iter(starts.map(|start| self.query(page(start, size))))
            .buffered(CONCURRENT)
            .try_collect()
            .await?;
        items.extend(rest.into_iter().flat_map(|page| page.items));
        Ok(items)
    }

    /// Reads page after page. These pages leave nothing out but may be short, so the number of items says where the next begins.
    async fn one_by_one<T, E>(&self, size: u32, page: impl Fn(u32, u32) -> Pages<T, E>) -> Result<Vec<T>, Error>
    where
        T: Decode,
        E: Decode + Into<ContractError>,
    {
        let mut all = Vec::new();
        loop {
            let start = u32::try_from(all.len()).unwrap_or(u32::MAX);
            let Page { items, total } = self.query(page(start, size)).await?;
            let nothing_came = items.is_empty();
            all.extend(items);
            if nothing_came || all.len() >= total as usize {
                return Ok(all);
            }
        }
    }

    /// Reads page after page of items that each name their place. These pages leave items out and may end early, so the next one begins
    /// after the last item, or after all that was asked for where none came.
    async fn by_place<T, E>(&self, size: u32, page: impl Fn(u32, u32) -> Pages<T, E>) -> Result<Vec<T>, Error>
    where
        T: Decode + Placed,
        E: Decode + Into<ContractError>,
    {
        let (mut all, mut start) = (Vec::new(), 0_u32);
        loop {
            let Page { items, total } = self.query(page(start, size)).await?;
            start = match items.last() {
                Some(last) => last.place().max(start).saturating_add(1),
                None => start.saturating_add(size),
            };
            all.extend(items);
            if start >= total {
                return Ok(all);
            }
        }
    }
}

/// An item that names its place in the list.
trait Placed {
    fn place(&self) -> u32;
}

impl Placed for WeightRow {
    fn place(&self) -> u32 {
        self.uid.0.into()
    }
}

/// A message that reads a page.
type Pages<T, E> = Message<Result<Page<T>, E>>;

/// Declares a list once: for a snapshot, and for the network at its best block.
macro_rules! lists {
    ($($(#[$meta:meta])* $name:ident($($argument:ident: $type:ty),*) -> $item:ty = $walk:ident $page:expr, by $size:literal;)*) => {
        impl Snapshot {$(
            $(#[$meta])*
            pub async fn $name(&self, $($argument: $type),*) -> Result<Vec<$item>, Error> {
                self.$walk($size, $page).await
            }
        )*}

        impl Network {$(
            $(#[$meta])*
            pub async fn $name(&self, $($argument: $type),*) -> Result<Vec<$item>, Error> {
                self.snapshot().await?.$name($($argument),*).await
            }
        )*}
    };
}

lists! {
    /// Every open subnet, oldest first.
    all_subnets() -> Subnet = one_by_one registry::subnets, by 16;
    /// Every hotkey of a coldkey, swapped ones included.
    all_hotkeys(coldkey: AccountId) -> AccountId = side_by_side |start, limit| registry::hotkeys(coldkey, start, limit), by 128;
    /// Every neuron of a subnet, by UID.
    all_neurons(netuid: NetUid) -> Neuron = side_by_side |start, limit| registry::neurons(netuid, start, limit), by 32;
    /// Every model that a neuron of the subnet stands for, by UID.
    all_models(netuid: NetUid) -> ModelRecord = side_by_side |start, limit| registry::models(netuid, start, limit), by 16;
    /// A subnet's metagraph, by UID.
    metagraph(netuid: NetUid) -> MetagraphRow = side_by_side |start, limit| rewards::metagraph(netuid, start, limit), by 64;
    /// Every validator's weights in force, by UID.
    all_weights(netuid: NetUid) -> WeightRow = by_place |start, limit| rewards::weights(netuid, start, limit), by 64;
    /// Every hotkey that holds or held stake.
    all_delegates() -> Delegate = side_by_side staking::delegates, by 64;
    /// Every position of a coldkey.
    all_positions(coldkey: AccountId) -> Position = side_by_side |start, limit| staking::positions(coldkey, start, limit), by 64;
}
