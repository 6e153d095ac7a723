extension FunctionLibrary {
    /// What several functions use.
    static let parts = """
        local function field(flat, name)
          for i = 1, #flat, 2 do
            if flat[i] == name then return flat[i + 1] end
          end
        end
        local function group_of(stream, name)
          if redis.call('EXISTS', stream) == 0 then return nil end
          for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
            if field(group, 'name') == name then return group end
          end
        end
        local function parts(id)
          local ms, seq = string.match(id, '^(%d+)-(%d+)$')
          return tonumber(ms), tonumber(seq)
        end
        local function is_before(left, right)
          local a, b = parts(left)
          local c, d = parts(right)
          return a < c or (a == c and b < d)
        end
        """

    /// An epoch is one life of a partition's data: from the moment it began, or came back older than the ledger, on.
    ///
    /// `established` is no data: it is lost with every restart, failover and reload of the server, and that is its
    /// purpose. Until somebody has compared the partition with the ledger again (`establish`), `life` is nil: nothing
    /// is forwarded, no counter is ready, and none is rebuilt.
    ///
    /// `establish`: KEYS: epoch, stream, cuts, mark. ARGV: a new epoch; the epoch that the ledger knows (empty for
    /// none); the furthest entry of it that the ledger has; the number of the outbox' last correction. Returns the epoch.
    /// Data of another epoch, or that ends before the ledger, is older than the ledger: it gets the new epoch, in which
    /// no counter is ready; `cuts` remembers where the entries of the old one end, and all corrections up to now are
    /// the rebuilds' matter.
    ///
    /// `life`: KEYS: epoch. Returns the epoch, or nil when the partition is not established.
    static let epochs = """
        local established = {}
        local function life(key)
          local epoch = redis.call('GET', key)
          if epoch and established[key] == epoch then return epoch end
          return nil
        end
        redis.register_function{function_name='\(name)_establish', flags={'allow-oom'}, callback=function(keys, args)
          local call = redis.call
          local epoch = call('GET', keys[1])
          if epoch and established[keys[1]] == epoch then return epoch end
          local last = '0-0'
          if call('EXISTS', keys[2]) == 1 then last = field(call('XINFO', 'STREAM', keys[2]), 'last-generated-id') end
          if not epoch or epoch ~= args[2] or is_before(last, args[3]) then
            if epoch then call('HSET', keys[3], epoch, last) end
            if tonumber(call('GET', keys[4]) or '0') < tonumber(args[4]) then call('SET', keys[4], args[4]) end
            epoch = args[1]
            call('SET', keys[1], epoch)
          end
          established[keys[1]] = epoch
          return epoch
        end}
        redis.register_function{function_name='\(name)_life', flags={'no-writes'}, callback=function(keys)
          return life(keys[1]) or false
        end}
        """
}
