import Domain
import Testing

@Suite struct `A traceparent` {
    private static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `is read as W3C writes it`() throws {
        let trace = try #require(TraceParent(Self.good))
        #expect(trace.text == Self.good)
        #expect(trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        // A later version may say more; what it says of the first four parts holds.
        #expect(TraceParent("cc" + Self.good.dropFirst(2) + "-more")?.traceID == trace.traceID)
    }

    @Test(arguments: [
        "", "00", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        "00-4bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b7--001",
    ])
    func `is ignored when it is none`(_ text: String) {
        #expect(TraceParent(text) == nil)
    }
}
