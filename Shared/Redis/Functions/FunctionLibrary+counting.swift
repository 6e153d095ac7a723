extension FunctionLibrary {
    /// A counter is a hash: `micro` and `pico` (micro-dollars and the rest in pico-dollars, 0 to 999,999),
    /// `events`, `unpriced`; `gen`, the rebuild that began last; and `ready`, the epoch for which it holds everything.
    ///
    /// Only a rebuild makes a counter: what is counted for one that no rebuild has begun is left to the rebuild, so
    /// that Redis keeps nothing that nobody asked for.
    ///
    /// `HINCRBY` counts in 64 bits; numbers that Lua itself adds up stay below 2^53: one batch's micro-dollars, and
    /// pico remainders.
    static let counting = """
        -- Which counters, from the key at `first` on, a rebuild has begun. Fails on a key of another type before
        -- anything is done: an error later would leave half of it done.
        local function begun(keys, first, last)
          local found = {}
          for k = first, last do found[k - first + 1] = redis.call('HEXISTS', keys[k], 'gen') == 1 end
          return found
        end
        -- Whether budgets have changed since the caller learnt which counters there are.
        local function is_stale(key, version)
          return tonumber(version) < tonumber(redis.call('GET', key) or '0')
        end
        local function level(key, epoch)
          local state = redis.call('HMGET', key, 'micro', 'pico', 'ready')
          if not (whole(state[1]) and whole(state[2])) then return '0', '0', 0 end
          return state[1] or '0', state[2] or '0', epoch and state[3] == epoch and 1 or 0
        end
        -- pcall: a counter whose fields are no numbers must not keep others from counting.
        local function add(key, micro, pico, events, unpriced, expiry)
          local call = redis.pcall
          local rest = call('HINCRBY', key, 'pico', pico)
          if type(rest) == 'number' and (rest < 0 or rest >= 1000000) then
            local carry = math.floor(rest / 1000000)
            call('HINCRBY', key, 'pico', -carry * 1000000)
            call('HINCRBY', key, 'micro', carry)
          end
          call('HINCRBY', key, 'micro', micro)
          call('HINCRBY', key, 'events', events)
          if unpriced ~= 0 and unpriced ~= '0' then call('HINCRBY', key, 'unpriced', unpriced) end
          if expiry ~= '0' then call('PEXPIREAT', key, expiry) end
        end
        \(count)
        \(correct)
        \(read)
        \(publish)
        """

    /// KEYS: stream, epoch, counters, version of budgets.
    ///
    /// ARGV: group; an expiry per counter (ms since 1970, 0 for none); the caller's version of budgets; the number of sets; for each set the number
    /// of its counters and their positions from 1; then of each entry: id, position of its set from 1, micro-
    /// dollars (`u` when unpriced), pico rest, id of the hold that it settles (empty for none). Returns how many entries
    /// were counted now, and of each counter that they belong to: its position from 1, its micro-dollars, pico rest, and 1
    /// when it is ready.
    private static let count = """
        redis.register_function{function_name='\(name)_count', flags={'allow-oom'}, callback=function(keys, args)
          local call = redis.call
          local stream, group, counters = keys[1], args[1], #keys - 3
          local a = 2 + counters
          if is_stale(keys[#keys], args[a]) then return redis.error_reply('STALE budgets have changed') end
          a = a + 1
          local sets = tonumber(args[a])
          a = a + 1
          local first, size, micro, pico, events, unpriced = {}, {}, {}, {}, {}, {}
          for s = 1, sets do
            first[s], size[s] = a + 1, tonumber(args[a])
            micro[s], pico[s], events[s], unpriced[s] = 0, 0, 0, 0
            a = a + 1 + size[s]
          end
          local is_begun, epoch, tag = begun(keys, 3, #keys - 1), life(keys[2]), tag_of(stream)
          local counted, changes = 0, new_changes()
          for i = a, #args, 5 do
            if call('XACK', stream, group, args[i]) == 1 then
              if args[i + 4] ~= '' then end_hold(changes, tag, args[i + 4], 'committed', 'settled') end
              local s = tonumber(args[i + 1])
              counted = counted + 1
              events[s] = events[s] + 1
              if args[i + 2] == 'u' then
                unpriced[s] = unpriced[s] + 1
              else
                micro[s] = micro[s] + tonumber(args[i + 2])
                pico[s] = pico[s] + tonumber(args[i + 3])
              end
            end
          end
          if counted == 0 then return {0} end
          write_changes(tag, changes)
          local m, p, e, u = {}, {}, {}, {}
          for s = 1, sets do
            if events[s] > 0 then
              for i = first[s], first[s] + size[s] - 1 do
                local c = tonumber(args[i])
                m[c] = (m[c] or 0) + micro[s]
                p[c] = (p[c] or 0) + pico[s]
                e[c] = (e[c] or 0) + events[s]
                u[c] = (u[c] or 0) + unpriced[s]
              end
            end
          end
          local result = {counted}
          for c = 1, counters do
            if e[c] then
              local key, n = keys[c + 2], #result
              if is_begun[c] then add(key, m[c], p[c], e[c], u[c], args[c + 1]) end
              result[n + 1] = c
              result[n + 2], result[n + 3], result[n + 4] = level(key, epoch)
            end
          end
          return result
        end}
        """

    /// KEYS: mark, counters, version of budgets.
    ///
    /// ARGV: number, then of each counter: micro, pico rest, events, unpriced, expiry; then the caller's version of
    /// budgets. Returns 1; or 0 and changes nothing when the mark has reached the number.
    private static let correct = """
        redis.register_function{function_name='\(name)_correct', flags={'allow-oom'}, callback=function(keys, args)
          local mark = tonumber(redis.call('GET', keys[1]) or '0')
          if tonumber(args[1]) <= mark then return 0 end
          if is_stale(keys[#keys], args[#args]) then return redis.error_reply('STALE budgets have changed') end
          local is_begun, a = begun(keys, 2, #keys - 1), 2
          for k = 2, #keys - 1 do
            if is_begun[k - 1] then add(keys[k], args[a], args[a + 1], args[a + 2], args[a + 3], args[a + 4]) end
            a = a + 5
          end
          redis.call('SET', keys[1], args[1])
          return 1
        end}
        """

    /// KEYS: epoch, counters.
    ///
    /// Returns of each counter: micro, pico rest, events, unpriced, generation, 1 when it is ready, held micro-dollars,
    /// held pico rest; nil for one that no rebuild has begun.
    private static let read = """
        redis.register_function{function_name='\(name)_read', flags={'no-writes'}, callback=function(keys)
          local epoch, values = life(keys[1]), {}
          for k = 2, #keys do
            local v = redis.call('HMGET', keys[k], 'micro', 'pico', 'events', 'unpriced', 'gen', 'ready', 'hm', 'hp')
            v[6] = epoch and v[6] == epoch and 1 or 0
            values[k - 1] = v[5] and v or false
          end
          return values
        end}
        """

    /// KEYS: version of budgets.
    ///
    /// ARGV: version, and a version that it replaces though that is higher (empty for none). Raises the version: from now on
    /// nothing is counted by an older one.
    private static let publish = """
        redis.register_function{function_name='\(name)_publish', flags={'allow-oom'}, callback=function(keys, args)
          local known = redis.call('GET', keys[1]) or '0'
          if tonumber(args[1]) > tonumber(known) or args[2] == known then redis.call('SET', keys[1], args[1]) end
          return 1
        end}
        """
}
