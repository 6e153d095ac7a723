/// Where the requests of a load come from.
protocol RequestSource: AnyObject {
    /// The bytes of the largest request.
    var largest: Int { get }

    /// Writes the next request.
    ///
    /// - Returns: its length.
    func write(to buffer: UnsafeMutablePointer<UInt8>) -> Int
}
