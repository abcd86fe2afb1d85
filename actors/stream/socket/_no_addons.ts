/**
 * Has the WebSocket library look for no native additions, which are not here: it would search every
 * folder above for them. Imported before it, because it decides while it is loaded.
 */
Deno.env.set("WS_NO_BUFFER_UTIL", "1");
Deno.env.set("WS_NO_UTF_8_VALIDATE", "1");
