extension FunctionLibrary {
    /// KEYS: raw, priced, then one id key per item.
    ///
    /// ARGV: bound, lifetime in ms, then digest, payload, hold's id (empty for none) and workspace of each item. Returns 1
    /// (accepted), 0 (duplicate) or -1 (conflict) for each; `BACKLOG` before anything is claimed. It may not run without
    /// memory: so intake is refused first, while everything that drains goes on.
    ///
    /// The entry of an event that named a hold says in `h` which one it has committed; nothing when it could not be.
    static let claim = """
        redis.register_function('\(name)_claim', function(keys, args)
          local call = redis.call
          local raw, bound, lifetime = keys[1], tonumber(args[1]), args[2]
          if call('XLEN', raw) >= bound or call('XLEN', keys[2]) >= bound then
            return redis.error_reply('BACKLOG the partition holds ' .. args[1] .. ' entries')
          end
          local results, a = {}, 3
          for i = 3, #keys do
            local digest = args[a]
            local known = call('SET', keys[i], digest, 'NX', 'GET', 'PX', lifetime)
            if not known then
              local hold = args[a + 2]
              if hold == '' then
                call('XADD', raw, '*', 'p', args[a + 1])
              else
                local is_committed = commit_hold(tag_of(raw), hold, args[a + 3])
                call('XADD', raw, '*', 'p', args[a + 1], 'h', is_committed and hold or '')
              end
              results[i - 2] = 1
            elseif known == digest then
              results[i - 2] = 0
            else
              results[i - 2] = -1
            end
            a = a + 4
          end
          return results
        end)
        """

    /// KEYS: raw, priced, epoch.
    ///
    /// ARGV: group, then entry id, payload and hold's id (empty for none) of each entry. Returns how many were added. An
    /// entry that another worker has acknowledged is left alone: that is what makes forwarding exactly-once. `NOTPREPARED`
    /// while the partition is not established: what is priced meanwhile could not be told from what the ledger has.
    static let forward = """
        redis.register_function{function_name='\(name)_forward', flags={'allow-oom'}, callback=function(keys, args)
          local call = redis.call
          local raw, priced, group, count = keys[1], keys[2], args[1], 0
          local epoch = life(keys[3])
          if not epoch then return redis.error_reply('NOTPREPARED the partition was not compared with the ledger') end
          call('XLEN', priced) -- fails on a key of another type before anything is acknowledged
          for a = 2, #args, 3 do
            if call('XACK', raw, group, args[a]) == 1 then
              if args[a + 2] == '' then
                call('XADD', priced, '*', 'e', epoch, 'p', args[a + 1])
              else
                call('XADD', priced, '*', 'e', epoch, 'p', args[a + 1], 'h', args[a + 2])
              end
              count = count + 1
            end
          end
          return count
        end}
        """
}
