import assert from "node:assert/strict";
import { proxyPlace } from "../../../lib/proxies/layout.ts";

Deno.test("plain proxies are called after the source, without its ending", () => {
  assert.equal(proxyPlace("/films/a b.tar.mkv", "out", "plain", "ivf").file(25), "out/a b.tar_25.ivf");
  assert.equal(proxyPlace("film", "out/", "plain", "ivf").file(100), "out/film_100.ivf");
  assert.equal(proxyPlace(".film", ".", "plain", "ivf").file(5), ".film_5.ivf");
});

Deno.test("Blender's proxies have a folder of the source's whole name", () => {
  const place = proxyPlace("/films/film.mkv", "/films", "blender", "ivf");
  assert.equal(place.folder, "/films/BL_proxy/film.mkv");
  assert.equal(place.file(75), "/films/BL_proxy/film.mkv/proxy_75.ivf");
});
