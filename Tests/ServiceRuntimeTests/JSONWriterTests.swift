import FoundationEssentials
import ServiceRuntime
import Testing

@Suite struct JSONWriterTests {
    @Test func `places commas and keeps the order of members`() {
        var writer = JSONWriter()
        writer.value(["b": [1, true, .null, []], "a": ["x": .number("0.10")], "c": "t"])
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"b":[1,true,null,[]],"a":{"x":0.10},"c":"t"}"#)
    }

    @Test func `writes any text so that a JSON reader reads it back`() throws {
        let text = String(String.UnicodeScalarView((0...0x2FF).compactMap { UnicodeScalar(UInt32($0)) })) + "😀\u{2028}"
        var writer = JSONWriter()
        writer.beginArray()
        writer.string(text)
        writer.endArray()
        #expect(try JSONDecoder().decode([String].self, from: Data(writer.bytes)) == [text])
        #expect(!writer.bytes.contains { $0 < 0x20 || $0 == 0x7F })
    }
}
