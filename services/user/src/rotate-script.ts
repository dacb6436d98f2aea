/** The outcomes of the script. */
export type RotateReply =
  | readonly ['ROTATED', salt: string, expiresAt: number, stamp: string]
  | readonly ['REUSED']
  | readonly ['UNKNOWN'];

/**
 * Exchanges the current secret of a session in one step, so that of calls at once one rotates and the others repeat it.
 * Redis is the one clock. A secret that is neither the current one nor, within the grace, the one before it was stolen or
 * comes from the thief's victim.
 *
 * KEYS: the session, the index of the user's sessions.
 * ARGV: session id, hash presented, hash of its successor, salt of the successor, grace in ms, life in ms.
 */
export const rotateScript = `
local id, presented, successor, salt, grace, life = unpack(ARGV)
local current, previous, lastSalt, rotatedAt, stamp =
  unpack(redis.call('HMGET', KEYS[1], 'current', 'previous', 'salt', 'rotatedAt', 'stamp'))
if not current then return {'UNKNOWN'} end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if presented == current then
  redis.call('HSET', KEYS[1],
    'current', successor, 'previous', presented, 'salt', salt, 'rotatedAt', now, 'usedAt', now)
  redis.call('PEXPIRE', KEYS[1], life)
  redis.call('ZADD', KEYS[2], now + life, id)
  redis.call('PEXPIRE', KEYS[2], life)
  return {'ROTATED', salt, now + life, stamp}
end
if presented == previous and now - rotatedAt <= tonumber(grace) then
  return {'ROTATED', lastSalt, now + redis.call('PTTL', KEYS[1]), stamp}
end
return {'REUSED'}`;
