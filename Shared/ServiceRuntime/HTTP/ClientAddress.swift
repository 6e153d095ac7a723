import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// The client's address, as the proxies tell it that are trusted to.
    ///
    /// Each proxy appends the address that it saw to `X-Forwarded-For`. What stands before those of the trusted ones is the
    /// client's own to write, and is not believed.
    ///
    /// - Parameters:
    ///   - proxies: How many proxies of ours each request passes.
    ///   - peer: Where the connection came from.
    /// - Returns: The peer when there is no proxy, or none said anything of use.
    func clientAddress(behind proxies: Int, peer: SocketAddress?) -> SocketAddress? {
        guard proxies > 0 else { return peer }
        let hops = headers[values: .forwardedFor].flatMap { $0.split(separator: ",") }
        guard let hop = hops.suffix(proxies).first else { return peer }
        return address(String(hop.filter { $0 != " " && $0 != "\t" })) ?? peer
    }
}

/// The address that a text means, without the port that some proxies add.
private func address(_ text: String) -> SocketAddress? {
    var candidates = [text]
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
        candidates = [String(text[..<end].dropFirst())]
    } else if let colon = text.lastIndex(of: ":"), text.contains(".") {
        candidates.append(String(text[..<colon]))
    }
    return candidates.lazy.compactMap { try? SocketAddress(ipAddress: $0, port: 0) }.first
}

/// The network that one client can be assumed to have: an IPv4 address, or the 64 first bits of an IPv6 one.
///
/// Whoever has one address of an IPv6 network has 2⁶⁴ of them, so that limits by address must count them as one.
package func clientNetwork(of address: String) -> String {
    guard address.contains(":") else { return address }
    let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        .map { $0.split(separator: ":") }
    let (left, right) = (halves[0], halves.count > 1 ? halves[1] : [])
    // An IPv4 address in IPv6's clothes.
    if let last = (left + right).last, last.contains(".") { return String(last) }
    let zeros = Array(repeating: Substring("0"), count: max(0, 8 - left.count - right.count))
    return (left + zeros + right).prefix(4).joined(separator: ":")
}
