import FoundationEssentials
import Testing

@testable import Wire

/// Any JSON value: makes `JSONDecoder` read a whole document.
private struct AnyJSON: Decodable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: Key.self) {
            for key in members.allKeys { _ = try members.decode(AnyJSON.self, forKey: key) }
        } else if var elements = try? decoder.unkeyedContainer() {
            while !elements.isAtEnd { _ = try elements.decode(AnyJSON.self) }
        } else {
            let value = try decoder.singleValueContainer()
            guard !value.decodeNil() else { return }
            if (try? value.decode(Bool.self)) == nil, (try? value.decode(Double.self)) == nil {
                _ = try value.decode(String.self)
            }
        }
    }
}

private func readerAccepts(_ text: [UInt8]) -> Bool {
    var reader = JSONReader(text)
    return (try? reader.skipValue()) != nil && (try? reader.finish()) != nil
}

/// Foundation's decoder, but for the comma before a closing bracket, which it lets pass and RFC 8259 does not.
private func decoderAccepts(_ text: [UInt8]) -> Bool {
    let dense = text.filter { $0 > 0x20 }
    let hasTrailingComma = zip(dense, dense.dropFirst()).contains { pair in
        pair.0 == UInt8(ascii: ",") && (pair.1 == UInt8(ascii: "]") || pair.1 == UInt8(ascii: "}"))
    }
    return !hasTrailingComma && (try? JSONDecoder().decode(AnyJSON.self, from: Data(text))) != nil
}

@Suite struct `A JSON reader` {
    @Test(arguments: [
        "{}", "[]", "null", "true", "false", "0", "-0", "-1.5e+10", "1E5", "\"a\"", "[1,2,[3]]", " {\"a\" : [ ] } ",
        "\"\\u00e9\\n\\\"\\/\"", "\"\\ud83d\\ude00\"", "{\"a\":{\"b\":[null,true,{}]}}", "\"é\"",
    ])
    func `accepts valid documents, as the decoder does`(_ text: String) {
        #expect(readerAccepts(Array(text.utf8)))
        #expect(decoderAccepts(Array(text.utf8)))
    }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "+1", "1e", "-",
        "NaN", "Infinity", "nul", "tru", "\"a", "\"\n\"", "\"\\x\"", "\"\\u12g4\"", "1 2", "[1 2]", "{\"a\" 1}", "'a'",
        "[", "{\"a\":1", "\u{7F}",
    ])
    func `refuses what is no JSON, as the decoder does`(_ text: String) {
        #expect(!readerAccepts(Array(text.utf8)))
        #expect(!decoderAccepts(Array(text.utf8)))
    }

    @Test func `agrees with the decoder on 20,000 mutated documents`() {
        let seed = Array(
            #"{"event_id":"e-1","usage":{"input_tokens":12,"seconds":1.5e2},"tags":{"a":"\u00e9"},"x":[true,null,-0.1]}"#
                .utf8
        )
        let alphabet = Array(#"{}[]",:0123456789eE+-.\untrfals "#.utf8)
        var random = SplitMix(state: 7)
        var accepted = 0
        for _ in 0..<20_000 {
            var text = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: text.remove(at: index)
                case 1: text[index] = alphabet.randomElement(using: &random) ?? 0
                default: text.insert(alphabet.randomElement(using: &random) ?? 0, at: index)
                }
            }
            let isAccepted = readerAccepts(text)
            accepted += isAccepted ? 1 : 0
            #expect(isAccepted == decoderAccepts(text), "\(String(decoding: text, as: UTF8.self))")
        }
        #expect(accepted > 1_000)
        #expect(accepted < 19_000)
    }

    @Test func `refuses nesting beyond its bound instead of exhausting the stack`() {
        #expect(
            readerAccepts(Array((String(repeating: "[", count: 256) + "1" + String(repeating: "]", count: 256)).utf8))
        )
        #expect(!readerAccepts(Array(String(repeating: "[", count: 1_000_000).utf8)))
    }

    @Test func `undoes escapes, and refuses lone surrogates and broken UTF-8`() throws {
        func text(_ source: [UInt8]) throws -> String? {
            var reader = JSONReader(source)
            return reader.text(try reader.string())
        }
        #expect(try text(Array(#""a\tb\u00e9\ud83d\ude00c\\""#.utf8)) == "a\tbé😀c\\")
        #expect(try text(Array(#""\ud83d""#.utf8)) == nil)
        #expect(try text(Array(#""\ud83dx\ude00""#.utf8)) == nil)
        #expect(try text(Array(#""\ud83d\u0041""#.utf8)) == nil)
        #expect(try text(Array(#""\ud83d\ud83d\ude00""#.utf8)) == nil)
        #expect(try text(Array(#""\ude00""#.utf8)) == nil)
        #expect(try text([0x22, 0xFF, 0x22]) == nil)
    }
}

/// Sebastiano Vigna's SplitMix64: a seeded generator, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
