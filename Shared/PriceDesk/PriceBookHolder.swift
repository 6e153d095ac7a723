package import Domain
package import PriceBook
internal import Synchronization

/// The book that prices events, made anew from each new copy of the prices.
///
/// Give its `replace(with:)` to a ``PriceCache``. Whoever prices asks for `plans` once for each batch, so that a batch is
/// priced by one book.
package final class PriceBookHolder: Sendable {
    /// A book and the version of the store's prices that it was made of; 0 before the first.
    package struct Edition: Sendable {
        package var plans: PlanCache
        package var version: Int64
    }

    private struct State {
        var edition: Edition
        var map: PriceBook
    }

    private let zones: ZoneOffsets
    private let aliases: PriceAliases
    private let state: Mutex<State>

    /// Makes an empty book.
    ///
    /// - Parameters:
    ///   - zones: The zones of off-peak calendars.
    ///   - aliases: Other names of models, beside those of LiteLLM's map.
    package init(zones: ZoneOffsets, aliases: PriceAliases = .none) {
        self.zones = zones
        self.aliases = aliases.or(.map)
        let empty = PriceBook(versions: [], zones: zones)
        state = Mutex(State(edition: Edition(plans: PlanCache(empty), version: 0), map: empty))
    }

    /// The present book; whoever prices several events together asks once.
    package var edition: Edition {
        state.withLock(\.edition)
    }

    /// The plans of the present book.
    package var plans: PlanCache { edition.plans }

    /// The present book.
    package var current: PriceBook { plans.book }

    /// Makes the book of a copy of the prices.
    package func replace(with snapshot: PriceSnapshot) {
        replace(with: snapshot.versions, version: snapshot.version ?? 0)
    }

    /// Makes the book of some versions.
    package func replace(with versions: [PriceVersion], version: Int64) {
        // Outside the lock: whoever prices meanwhile uses the book before.
        let book = PriceBook(versions: versions, zones: zones, aliases: aliases)
        let map = PriceBook(versions: versions.filter { $0.source == .litellm }, zones: zones, aliases: .map)
        let edition = Edition(plans: PlanCache(book), version: version)
        state.withLock { $0 = State(edition: edition, map: map) }
    }

    /// The key of the price map that a model's name resolves to at a time, whatever lies over it.
    package func mapKey(provider: String, model: String, at time: Timestamp) -> String? {
        let map = state.withLock { $0.map }
        return map.plan(for: PriceQuery(provider: provider, model: model), at: time)?.key
    }
}
