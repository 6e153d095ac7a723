internal import Domain
package import ServiceRuntime
internal import Synchronization

/// The channels as this replica knows them: at most a second old.
package final class ChannelCache: Sendable {
    private struct State {
        var channels: [Channel] = []
        var loadedAt: Duration?
    }

    private let store: any AlertStore
    private let uptime: any UptimeClock
    private let state = Mutex(State())

    /// Makes an empty copy.
    package init(store: any AlertStore, uptime: any UptimeClock = SystemUptimeClock()) {
        self.store = store
        self.uptime = uptime
    }

    /// All channels.
    package func all() async throws -> [Channel] {
        let now = uptime.uptime
        let known = state.withLock { state in
            state.loadedAt.map { now - $0 < .seconds(1) } == true ? state.channels : nil
        }
        if let known { return known }
        let channels = try await store.channels()
        state.withLock { $0 = State(channels: channels, loadedAt: now) }
        return channels
    }

    /// A channel by its id.
    package func channel(_ id: String) async throws -> Channel? {
        try await all().first { $0.id == id }
    }

    /// Reads the channels anew at the next question: what this replica has just written is to be seen.
    package func forget() {
        state.withLock { $0.loadedAt = nil }
    }
}
