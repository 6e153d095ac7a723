internal import Wire

/// Names of events that other systems identify by two texts.
enum EventName {
    /// One name for the pair; pairs that differ have names that differ.
    ///
    /// It is readable where it fits an event id, else a hash. Space stands between the two: the first must hold none.
    static func make(_ kind: String, _ first: String, _ second: String) -> String {
        let name = "\(kind):\(first) \(second)"
        let isPlain = !name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        guard name.utf8.count > 128 || first.utf8.contains(UInt8(ascii: " ")) || !isPlain else { return name }
        return "\(kind):" + hex(EventIDHash(workspace: first, eventID: second).bytes)
    }

    /// Bytes as hexadecimal digits.
    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
