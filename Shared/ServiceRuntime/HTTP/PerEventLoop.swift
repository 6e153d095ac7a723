package import NIOCore
internal import NIOPosix

/// One value for each event loop that serves requests.
///
/// What a request needs is then where it is worked on: it is handed to no other thread, and nobody waits for a lock.
package struct PerEventLoop<Value: Sendable>: Sendable {
    let loops: [any EventLoop]
    /// Of each loop, in the same order.
    package let all: [Value]
    private let identities: [ObjectIdentifier]

    /// Makes a value for each event loop of the server.
    package init(_ make: (_ loop: any EventLoop) throws -> Value) rethrows {
        let loops = Array(MultiThreadedEventLoopGroup.singleton.makeIterator())
        self.init(loops, try loops.map(make))
    }

    private init(_ loops: [any EventLoop], _ values: [Value]) {
        self.loops = loops
        all = values
        identities = loops.map { ObjectIdentifier($0) }
    }

    /// The value of the event loop that runs the caller; the first one's for who runs elsewhere.
    package var current: Value {
        guard let loop = MultiThreadedEventLoopGroup.currentEventLoop else { return all[0] }
        return all[identities.firstIndex(of: ObjectIdentifier(loop)) ?? 0]
    }

    /// Makes another value from each.
    package func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows -> PerEventLoop<Other> {
        PerEventLoop<Other>(loops, try all.map(transform))
    }
}
