extension FunctionLibrary {
    /// `bury`: KEYS: stream, dead.
    ///
    /// ARGV: group, kind of stream, then id, reason and attempts of each entry. What the entry carried is copied
    /// here, so that nothing is lost that a consumer could not read. Returns how many were buried.
    ///
    /// `replay`: KEYS: dead, then a stream for each kind, replayed. ARGV: id, then the kinds. Adds the entry again,
    /// addressed to the group that gave up on it; `o` and, for what is to be counted, `replayed` tell its first id, by
    /// which the ledger knows it. Returns its new id, or nil when there is no such letter.
    ///
    /// `discard`: KEYS: dead. ARGV: id. Deletes the entry and releases the hold of an event that will not be counted;
    /// returns how many were deleted.
    static let dead = """
        redis.register_function{function_name='\(name)_bury', flags={'allow-oom'}, callback=function(keys, args)
          local call = redis.call
          local stream, letters, group, count = keys[1], keys[2], args[1], 0
          call('XLEN', letters) -- fails on a key of another type before anything is acknowledged
          for a = 3, #args, 3 do
            local id = args[a]
            if call('XACK', stream, group, id) == 1 then
              local entry = call('XRANGE', stream, id, id)[1]
              local fields = entry and entry[2] or {}
              local payload = field(fields, 'p') or table.concat(fields, '\\n')
              local letter = {'stage', group, 'stream', args[2], 'entry', id, 'reason', args[a + 1],
                'attempts', args[a + 2], 'p', payload}
              local epoch, origin = field(fields, 'e'), field(fields, 'o')
              if epoch then
                letter[#letter + 1] = 'e'
                letter[#letter + 1] = epoch
              end
              if origin then
                letter[#letter + 1] = 'o'
                letter[#letter + 1] = origin
              end
              local hold = field(fields, 'h')
              if hold then
                letter[#letter + 1] = 'h'
                letter[#letter + 1] = hold
              end
              call('XADD', letters, '*', unpack(letter))
              count = count + 1
            end
          end
          return count
        end}
        redis.register_function{function_name='\(name)_replay', flags={'allow-oom'}, callback=function(keys, args)
          local call = redis.call
          local letter = call('XRANGE', keys[1], args[1], args[1])[1]
          if not letter then return false end
          local fields = letter[2]
          local kind, target = field(fields, 'stream'), nil
          for i = 2, #args do
            if args[i] == kind then target = keys[i] end
          end
          if not target then return redis.error_reply('ERR the letter names no stream') end
          local entry = {'p', field(fields, 'p') or '', 'g', field(fields, 'stage')}
          local epoch = field(fields, 'e')
          if epoch then
            entry[#entry + 1] = 'e'
            entry[#entry + 1] = epoch
          end
          local origin = field(fields, 'o') or field(fields, 'entry')
          entry[#entry + 1] = 'o'
          entry[#entry + 1] = origin
          local hold = field(fields, 'h')
          if hold then
            entry[#entry + 1] = 'h'
            entry[#entry + 1] = hold
          end
          local id = call('XADD', target, '*', unpack(entry))
          if kind == 'usage:priced' and field(fields, 'stage') == 'budget' then
            call('HSET', keys[#keys], id, (epoch or '0') .. ' ' .. origin)
          end
          call('XDEL', keys[1], args[1])
          return id
        end}
        redis.register_function{function_name='\(name)_discard', flags={'allow-oom'}, callback=function(keys, args)
          local letter = redis.call('XRANGE', keys[1], args[1], args[1])[1]
          if not letter then return 0 end
          local hold, stage = field(letter[2], 'h'), field(letter[2], 'stage')
          -- What only the ledger gave up on is counted all the same.
          if hold and (stage == 'pricing' or stage == 'budget') then
            local tag, changes = tag_of(keys[1]), new_changes()
            end_hold(changes, tag, hold, 'committed', 'released')
            write_changes(tag, changes)
          end
          return redis.call('XDEL', keys[1], args[1])
        end}
        """
}
