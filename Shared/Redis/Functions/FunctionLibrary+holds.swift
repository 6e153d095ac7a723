extension FunctionLibrary {
    /// A hold is a hash: `s` its state (`open`, `committed`, and for a while after its end `settled`, `released` or
    /// `expired`), `w` workspace, `m`, `p` micro-dollars and pico rest, `x` expiry (ms), `t` when it was made (ms), `c` the
    /// keys of the counters that hold the amount, one a line, `l` the life of each, `d` the scopes that the call belongs to,
    /// one a line, `i` the key of its idempotency, `k` the caller's note.
    ///
    /// `holds:{pNN}` has the id of each that has not ended by its expiry, `inf` when it is committed. A hold's key and its
    /// counters' keys are found by its id and not declared: they share the partition's slot.
    ///
    /// A counter says in `hl` who held something in it first: that is its life. One that was deleted and made again has
    /// another, and holds nothing of what is older, until a rebuild attaches to it the living holds of its scope that
    /// were made in its period: so a budget that is made while calls are under way has room for them.
    static let holdParts = """
        local function now_ms()
          local time = redis.call('TIME')
          return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        end
        local function tag_of(key) return string.match(key, '{.-}') end
        local function hold_key(tag, id) return 'hold:' .. tag .. ':' .. id end
        -- Changes what a counter holds. pcall: one whose fields are no numbers must not stop the rest.
        local function reserve(key, micro, pico)
          local call = redis.call
          local rest = redis.pcall('HINCRBY', key, 'hp', pico)
          if type(rest) ~= 'number' then return end
          if rest < 0 or rest >= 1000000 then
            local carry = math.floor(rest / 1000000)
            call('HINCRBY', key, 'hp', -carry * 1000000)
            micro = micro + carry
          end
          if micro ~= 0 then redis.pcall('HINCRBY', key, 'hm', micro) end
        end
        -- A whole number that Lua tells from its neighbours; nil for anything else.
        local function whole(text)
          if not text then return 0 end
          local number = string.match(text, '^%-?%d+$') and tonumber(text)
          return number and math.abs(number) < 9007199254740992 and number or nil
        end
        local function lines(text)
          local found = {}
          for line in string.gmatch(text or '', '[^\\n]+') do found[#found + 1] = line end
          return found
        end
        -- What becomes of holds in one call: they have counters in common, each of which is read and written once. The
        -- sums are below 2^53, as what a counter holds is.
        local function new_changes() return {lives = {}, keys = {}, micro = {}, pico = {}, gone = {}} end
        -- The life of a counter; false for none.
        local function life_of(changes, key)
          if changes.lives[key] == nil then
            -- pcall: a key that somebody made something else of must not stop the rest.
            local life = redis.pcall('HGET', key, 'hl')
            changes.lives[key] = type(life) == 'string' and life or false
          end
          return changes.lives[key]
        end
        local function change(changes, key, micro, pico)
          if not changes.micro[key] then
            changes.keys[#changes.keys + 1] = key
            changes.micro[key], changes.pico[key] = 0, 0
          end
          changes.micro[key], changes.pico[key] = changes.micro[key] + micro, changes.pico[key] + pico
        end
        -- A command takes only so many arguments from Lua.
        local function in_parts(command, key, list)
          for i = 1, #list, 1000 do redis.call(command, key, unpack(list, i, math.min(i + 999, #list))) end
        end
        local function write_changes(tag, changes)
          for _, key in ipairs(changes.keys) do reserve(key, changes.micro[key], changes.pico[key]) end
          in_parts('ZREM', 'holds:' .. tag, changes.gone)
        end
        -- Fields of a hold, of which the numbered ones must be numbers; nil for what is no hold, which stops nobody else.
        local function read_hold(tag, id, fields, numbers)
          local hold = redis.pcall('HMGET', hold_key(tag, id), unpack(fields))
          if hold.err then return nil end
          for f = 1, #fields do
            if not hold[f] or (numbers[f] and not tonumber(hold[f])) then return nil end
          end
          return hold
        end
        -- Has a counter hold what it would hold, had it been there when the hold was made; whether it did not before.
        local function attach_hold(changes, key, id, hold)
          local counters, lives, at = lines(hold[6]), lines(hold[7]), nil
          for i = 1, #counters do
            if counters[i] == key then at = i end
          end
          local life = life_of(changes, key)
          if at and life and lives[at] == life then return false end
          if not life then
            -- The hold may have been the first of the counter before: that life must not come back.
            local time = redis.call('TIME')
            life = id .. '@' .. time[1] .. '.' .. time[2]
            redis.call('HSET', key, 'hl', life)
            changes.lives[key] = life
          end
          at = at or #counters + 1
          counters[at], lives[at] = key, life
          hold[6], hold[7] = table.concat(counters, '\\n'), table.concat(lives, '\\n')
          change(changes, key, hold[3], hold[4])
          return true
        end
        -- Counters by workspace and scope, which they say in their names, with their periods.
        local function by_scope(keys)
          local found = {}
          for _, key in ipairs(keys) do
            local workspace, kind, value, period = string.match(key, '}:(.-)\\31(.-)\\31(.-)\\31(.*)$')
            if kind then
              local scope = workspace .. '\\n' .. kind .. '\\31' .. value
              local from, to = string.match(period, ':(%-?%d+):(%-?%d+)$')
              found[scope] = found[scope] or {}
              table.insert(found[scope], {key, tonumber(from), tonumber(to)})
            end
          end
          return found
        end
        -- Attaches those of some holds that live to the counters that their calls belong to.
        local function attach_holds(tag, ids, counters)
          local now, changes = now_ms(), new_changes()
          local fields, numbers = {'s', 'w', 'm', 'p', 'x', 'c', 'l', 't', 'd'}, {[3] = 1, [4] = 1, [5] = 1, [8] = 1}
          for _, id in ipairs(ids) do
            local hold = read_hold(tag, id, fields, numbers)
            if hold and (hold[1] == 'committed' or (hold[1] == 'open' and tonumber(hold[5]) > now)) then
              local made, is_changed = tonumber(hold[8]) / 1000, false
              for scope in string.gmatch(hold[9], '[^\\n]+') do
                for _, counter in ipairs(counters[hold[2] .. '\\n' .. scope] or {}) do
                  if not counter[2] or (made >= counter[2] and made < counter[3]) then
                    is_changed = attach_hold(changes, counter[1], id, hold) or is_changed
                  end
                end
              end
              if is_changed then redis.call('HSET', hold_key(tag, id), 'c', hold[6], 'l', hold[7]) end
            end
          end
          write_changes(tag, changes)
        end
        -- Makes an event the owner of a hold, when it can be; a committed hold does not expire.
        local function commit_hold(tag, id, workspace)
          local key = hold_key(tag, id)
          local hold = redis.call('HMGET', key, 's', 'w', 'x')
          if hold[1] ~= 'open' or hold[2] ~= workspace or tonumber(hold[3]) <= now_ms() then return false end
          redis.call('HSET', key, 's', 'committed')
          redis.call('ZADD', 'holds:' .. tag, 'inf', id)
          return true
        end
        -- Takes a hold out of its counters when it is in the state; a counter that is gone holds nothing of it.
        local function end_hold(changes, tag, id, from, to)
          local call, key = redis.call, hold_key(tag, id)
          local hold = read_hold(tag, id, {'s', 'm', 'p', 'c', 'i', 'w', 'l'}, {[2] = 1, [3] = 1})
          if not hold or hold[1] ~= from then return 0 end
          local lives = string.gmatch(hold[7], '[^\\n]+')
          for counter in string.gmatch(hold[4], '[^\\n]+') do
            if life_of(changes, counter) == lives() then change(changes, counter, 0 - hold[2], 0 - hold[3]) end
          end
          changes.gone[#changes.gone + 1] = id
          call('DEL', key)
          if hold[5] ~= '' then
            -- The same request may have got a newer hold since this one expired.
            local newest = redis.pcall('GET', hold[5])
            if type(newest) == 'string' and string.match(newest, ' (.*)$') == id then call('DEL', hold[5]) end
          end
          -- Remembered for a while, to tell a hold that ended from one that never was.
          call('HSET', key, 's', to, 'w', hold[6])
          call('PEXPIRE', key, 300000)
          return 1
        end
        """

    /// `extend`: KEYS: holds.
    ///
    /// ARGV: id, workspace (empty for any), TTL in ms. Returns the new expiry, which is never earlier
    /// than the old one; 0 for an unknown hold, -1 for one that has ended, -2 for a committed one.
    ///
    /// `release`: KEYS: holds. ARGV: id, workspace (empty for any). Returns 1; 0, -1 and -2 as above.
    ///
    /// `sweep`: KEYS: holds. ARGV: limit. Ends holds that have expired; returns how many it looked at.
    static let holds = """
        local function usable(key, id, workspace)
          local hold = redis.call('HMGET', hold_key(tag_of(key), id), 's', 'w', 'x')
          if not hold[1] or (workspace ~= '' and hold[2] ~= workspace) then return 0 end
          if hold[1] == 'committed' then return -2 end
          if hold[1] ~= 'open' or tonumber(hold[3]) <= now_ms() then return -1 end
          return 1, tonumber(hold[3])
        end
        redis.register_function{function_name='\(name)_extend', flags={'allow-oom'}, callback=function(keys, args)
          local code, expiry = usable(keys[1], args[1], args[2])
          if code ~= 1 then return code end
          expiry = math.max(expiry, now_ms() + tonumber(args[3]))
          redis.call('HSET', hold_key(tag_of(keys[1]), args[1]), 'x', expiry)
          redis.call('ZADD', keys[1], expiry, args[1])
          return expiry
        end}
        redis.register_function{function_name='\(name)_release', flags={'allow-oom'}, callback=function(keys, args)
          local code = usable(keys[1], args[1], args[2])
          if code ~= 1 then return code end
          local tag, changes = tag_of(keys[1]), new_changes()
          local ended = end_hold(changes, tag, args[1], 'open', 'released')
          write_changes(tag, changes)
          return ended
        end}
        redis.register_function{function_name='\(name)_sweep', flags={'allow-oom'}, callback=function(keys, args)
          local due = redis.call('ZRANGE', keys[1], '-inf', now_ms(), 'BYSCORE', 'LIMIT', 0, args[1])
          local tag, changes = tag_of(keys[1]), new_changes()
          for _, id in ipairs(due) do
            if end_hold(changes, tag, id, 'open', 'expired') == 0 then changes.gone[#changes.gone + 1] = id end
          end
          write_changes(tag, changes)
          return #due
        end}
        """
}
