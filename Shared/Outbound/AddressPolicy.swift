internal import Glibc

/// Which addresses may be connected to.
package enum AddressPolicy: Hashable, Sendable {
    /// Any.
    case any
    /// Only those of the public Internet: nobody may have Oliver talk to machines behind its firewall.
    case publicOnly

    /// Whether four bytes of IPv4 may be connected to.
    package func allows(ipv4 bytes: [UInt8]) -> Bool {
        self == .any || (bytes.count == 4 && !Self.isSpecial(ipv4: bytes))
    }

    /// Whether sixteen bytes of IPv6 may be connected to.
    package func allows(ipv6 bytes: [UInt8]) -> Bool {
        self == .any || (bytes.count == 16 && !Self.isSpecial(ipv6: bytes))
    }

    /// What IANA's registry of special-purpose addresses calls not globally reachable, multicast, and the reserved rest.
    private static func isSpecial(ipv4 bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (224..., _, _): true
        case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _): true
        case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100), (203, 0, 113): true
        default: false
        }
    }

    private static func isSpecial(ipv6 bytes: [UInt8]) -> Bool {
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        let isTranslated = bytes[..<12] == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        if isMapped || isTranslated { return isSpecial(ipv4: Array(bytes[12...])) }
        // 2002:wxyz:…: an IPv4 address in the disguise of 6to4.
        if bytes[0] == 0x20, bytes[1] == 0x02 { return isSpecial(ipv4: Array(bytes[2..<6])) }
        // All that is handed out lies in 2000::/3; Teredo, benchmarks and documentation lie in it as well.
        guard bytes[0] & 0xE0 == 0x20 else { return true }
        if bytes[0] == 0x20, bytes[1] == 0x01 {
            return bytes[2] < 0x02 || (bytes[2] == 0x0D && bytes[3] == 0xB8)
        }
        return bytes[0] == 0x3F && bytes[1] == 0xFF && bytes[2] & 0xF0 == 0
    }
}

extension AddressPolicy {
    /// Whether a socket address may be connected to; `Unix` sockets and other families never.
    func allows(_ address: UnsafePointer<sockaddr>) -> Bool {
        switch unsafe Int32(address.pointee.sa_family) {
        case AF_INET:
            unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                var bits = unsafe pointer.pointee.sin_addr.s_addr
                return unsafe allows(ipv4: withUnsafeBytes(of: &bits) { unsafe Array($0) })
            }
        case AF_INET6:
            unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                var bits = unsafe pointer.pointee.sin6_addr
                return unsafe allows(ipv6: withUnsafeBytes(of: &bits) { unsafe Array($0) })
            }
        default: false
        }
    }
}
