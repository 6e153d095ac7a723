/// A point in time: microseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Sendable, Comparable {
    /// Microseconds since 1970, negative before.
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The point in time so many whole seconds after 1970.
    package init(seconds: Int64) {
        self.microseconds = seconds * 1_000_000
    }

    /// Whole seconds since 1970, rounded down.
    package var seconds: Int64 {
        floorDivide(microseconds, 1_000_000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The time so many microseconds later.
    package func adding(microseconds delta: Int64) -> Timestamp {
        Timestamp(microseconds: microseconds + delta)
    }

    /// The time so much later.
    package func adding(_ duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return adding(microseconds: seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    /// The start of the interval of `width` seconds, counted from 1970, that holds this time.
    package func floored(toSeconds width: Int64) -> Timestamp {
        Timestamp(seconds: floorDivide(seconds, width) * width)
    }
}

/// Integer division that rounds towards minus infinity.
///
/// The divisor must be positive.
package func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
}
