import NIOCore
import NIOPosix
import ServiceLifecycle
import ServiceRuntime
import Synchronization
import Testing

/// Notes where it runs.
private final class Noting: Service {
    private let loop: any EventLoop
    private let ranThere = Atomic(false)
    /// How long a wait of 20 ms took.
    let waited = Mutex(Duration.zero)

    var didRunThere: Bool { ranThere.load(ordering: .relaxed) }

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func run() async throws {
        // Also after a wait that others end.
        await Task.yield()
        let wasThere = loop.inEventLoop
        let start = EventLoopTime.now
        await EventLoopTime.sleep(for: .milliseconds(20))
        waited.withLock { $0 = EventLoopTime.now - start }
        ranThere.store(wasThere && loop.inEventLoop, ordering: .relaxed)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `values of event loops` {
    @Test func `each event loop of the server has one, which its callers get`() async throws {
        let values = PerEventLoop { ObjectIdentifier($0) }
        let loops = Array(MultiThreadedEventLoopGroup.singleton.makeIterator())
        #expect(Set(values.all).count == loops.count)
        for loop in loops {
            #expect(try await loop.submit { values.current }.get() == ObjectIdentifier(loop))
            #expect(try await loop.submit { values.map { "\($0)" }.current }.get() == "\(ObjectIdentifier(loop))")
        }
    }

    @Test func `who runs elsewhere gets the first`() async {
        let values = PerEventLoop { ObjectIdentifier($0) }
        #expect(values.current == values.all[0])
    }

    @Test func `their services run on them`() async throws {
        let services = PerEventLoop { Noting($0) }
        try await OnEventLoops(services).run()
        for service in services.all {
            #expect(service.didRunThere)
            #expect(service.waited.withLock { $0 } >= .milliseconds(20))
        }
    }

    @Test func `who runs elsewhere can wait too`() async {
        let start = ContinuousClock.now
        await EventLoopTime.sleep(for: .milliseconds(20))
        #expect(ContinuousClock.now - start >= .milliseconds(20))
    }
}
