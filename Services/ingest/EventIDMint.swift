internal import Domain
internal import Synchronization

/// Makes event ids for clients that bring none: unique in the world, and sorted by time within a process.
///
/// They look like UUIDs of version 7 (RFC 9562 §5.7): 48 bits of milliseconds, a counter, and bits drawn once per
/// process from the system's generator; a generator call per event would cost more than all else that ingest does.
final class EventIDMint: Sendable {
    private let process: UInt64
    private let counter: Atomic<UInt64>

    init() {
        process = UInt64.random(in: 0...UInt64.max)
        counter = Atomic(UInt64.random(in: 0...UInt64(UInt32.max)))
    }

    func mint(at time: Timestamp) -> String {
        let count = counter.wrappingAdd(1, ordering: .relaxed).newValue
        let milliseconds = UInt64(clamping: floorDivide(time.microseconds, 1_000)) & 0xFFFF_FFFF_FFFF
        let high = milliseconds << 16 | 0x7000 | (count >> 18) & 0xFFF
        let low = 0x8000_0000_0000_0000 | (count & 0x3FFFF) << 44 | process & 0xFFF_FFFF_FFFF
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, digit) in (hexDigits(of: high) + hexDigits(of: low)).enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func hexDigits(of value: UInt64) -> [UInt8] {
        (0..<16).map { index in
            let nibble = UInt8(truncatingIfNeeded: value >> (60 - 4 * UInt64(index))) & 0xF
            return nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
        }
    }
}
