import Domain
import HTTPTypes
import Hummingbird
import ServiceRuntime
import Testing

private func request(_ path: String) -> Request {
    let head = HTTPRequest(method: .get, scheme: "http", authority: "test", path: path)
    return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
}

@Suite struct `A query` {
    @Test(arguments: [
        ("/?q=two+words", ["q: two words"]), ("/?q=1%2B1", ["q: 1+1"]), ("/?q=two%20words", ["q: two words"]),
        ("/?tag%3Ateam=a&x+y=b", ["tag:team: a", "x y: b"]), ("/?a=1&&a=2&b&c=", ["a: 1", "a: 2", "b: ", "c: "]),
        ("/?q=a=b", ["q: a=b"]), ("/?q=%C3%BC%F0%9F%98%80", ["q: ü😀"]), ("/a+b", []), ("/?", []),
        ("/?q=100%&p=%zz+&s=%+5&u=%FF", ["q: 100%", "p: %zz+", "s: %+5", "u: %FF"]),
    ])
    func `is read as forms are written`(path: String, found: [String]) {
        #expect(request(path).query.map { "\($0.name): \($0.value)" } == found)
    }

    @Test func `gives the first value of a name`() {
        let asked = request("/?value=one+two&value=three&empty=")
        #expect(asked.query("value") == "one two")
        #expect(asked.query("empty")?.isEmpty == true)
        #expect(asked.query("other") == nil)
    }

    @Test func `of a list has spaces, too`() throws {
        let list = try ListRequest(request("/v1/teams?q=big+team&after=a%2Bb"), filters: ["q"])
        #expect(list["q"] == "big team")
        #expect(list.after == "a+b")
    }

    @Test(arguments: ["2026-11-01T02:00:00%2B02:00", "2026-11-01T02:00:00+02:00", "2026-11-01T00:00:00Z"])
    func `says a time with or without its plus sign escaped`(text: String) throws {
        let sent = try #require(request("/?from=\(text)").query("from"))
        #expect(Timestamp(query: sent)?.rfc3339 == "2026-11-01T00:00:00Z")
    }
}
