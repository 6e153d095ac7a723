package import Domain
package import PriceBook
internal import Synchronization

/// The book that prices events, made anew from each new copy of the prices.
///
/// Give its `replace(with:)` to a ``PriceCache``. Whoever prices asks for `plans` once for each batch, so that a batch is
/// priced by one book.
package final class PriceBookHolder: Sendable {
    private struct State {
        var plans: PlanCache
        var map: PriceBook
    }

    private let zones: ZoneOffsets
    private let aliases: PriceAliases
    private let state: Mutex<State>

    /// Makes an empty book.
    ///
    /// - Parameters:
    ///   - zones: The zones of off-peak calendars.
    ///   - aliases: Other names of models.
    package init(zones: ZoneOffsets, aliases: PriceAliases = .none) {
        self.zones = zones
        self.aliases = aliases
        let empty = PriceBook(versions: [], zones: zones)
        state = Mutex(State(plans: PlanCache(empty), map: empty))
    }

    /// The plans of the present book.
    package var plans: PlanCache {
        state.withLock { $0.plans }
    }

    /// The present book.
    package var current: PriceBook { plans.book }

    /// Makes the book of a copy of the prices.
    package func replace(with snapshot: PriceSnapshot) {
        // Outside the lock: whoever prices meanwhile uses the book before.
        let book = PriceBook(versions: snapshot.versions, zones: zones, aliases: aliases)
        let map = PriceBook(versions: snapshot.versions.filter { $0.source == .litellm }, zones: zones)
        state.withLock { $0 = State(plans: PlanCache(book), map: map) }
    }

    /// The key of the price map that a model's name resolves to at a time, whatever lies over it.
    package func mapKey(provider: String, model: String, at time: Timestamp) -> String? {
        let map = state.withLock { $0.map }
        return map.plan(for: PriceQuery(provider: provider, model: model), at: time)?.key
    }
}
