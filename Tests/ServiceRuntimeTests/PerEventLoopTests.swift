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

    var didRunThere: Bool { ranThere.load(ordering: .relaxed) }

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func run() async throws {
        // Also after a wait that others end.
        await Task.yield()
        ranThere.store(loop.inEventLoop, ordering: .relaxed)
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
        for service in services.all { #expect(service.didRunThere) }
    }
}
