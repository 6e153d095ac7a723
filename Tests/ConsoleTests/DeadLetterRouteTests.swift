import HTTPTypes
import Testing

@Suite(.timeLimit(.minutes(2)))
struct DeadLetterRouteTests {
    private static let last = "p07-18446744073709551615-18446744073709551615"

    @Test(arguments: ["x", "p07", "p07-1", "p07-1-18446744073709551616", last])
    func `a cursor that no list can have given is a bad one`(cursor: String) async throws {
        try await AdminRig.with { rig in
            let answer = try await rig.send(.get, "/v1/dead-letters?after=\(cursor)")
            #expect(answer.status == 422)
            #expect(answer.faults == ["after"])
        }
    }

    @Test func `any other cursor may be one`() async throws {
        try await AdminRig.with { rig in
            for cursor in ["p00-0-0", "p07-1795000000000-0", "p07-1795000000000-18446744073709551615"] {
                let answer = try await rig.send(.get, "/v1/dead-letters?after=\(cursor)")
                #expect(answer.status == 200)
                #expect(answer.ids.isEmpty)
            }
        }
    }
}
