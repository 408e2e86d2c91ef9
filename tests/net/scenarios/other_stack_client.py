#!/usr/bin/python3
"""A WebRTC client that is no browser: aiortc over WHIP or WHEP.

    other_stack_client.py publish|play|pester URL TOKEN

Publishes a wall of one colour (RED,GREEN,BLUE in $WALL) and a tone, or plays what comes, or plays
and asks for key frames and for lost packets as fast as it can. Prints one
JSON object a line: the session, then twice a second what is known of the media. A line on its
standard input asks for an ICE restart, its end ends the session.
"""
import array
import asyncio
import fractions
import json
import math
import os
import re
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtp import RTCP_PSFB_PLI, RTCP_RTPFB_NACK, RtcpPsfbPacket, RtcpRtpfbPacket
from av import AudioFrame, VideoFrame

HTTP_TIMEOUT_S = 20
WIDTH, HEIGHT, FRAMES_PER_SECOND = 320, 180, 10
SAMPLE_RATE, SAMPLES = 48000, 960  # 20 ms
TONE_HZ, TONE_PEAK = 440, 8000


def say(**what):
    print(json.dumps(what), flush=True)


def to_yuv(red, green, blue):
    """BT.601, studio range, as tests/net/lib/camera.mjs paints."""
    return (
        round(16 + 0.257 * red + 0.504 * green + 0.098 * blue),
        round(128 - 0.148 * red - 0.291 * green + 0.439 * blue),
        round(128 + 0.439 * red - 0.368 * green - 0.071 * blue),
    )


def to_rgb(luma, blue, red):
    luma, blue, red = 1.164 * (luma - 16), blue - 128, red - 128
    colour = (luma + 1.596 * red, luma - 0.392 * blue - 0.813 * red, luma + 2.017 * blue)
    return [round(value) for value in colour]


class Paced(MediaStreamTrack):
    """Frames at their time."""

    def __init__(self, step_s):
        super().__init__()
        self._step_s = step_s
        self._count = 0
        self._begin = None

    async def recv(self):
        loop = asyncio.get_running_loop()
        if self._begin is None:
            self._begin = loop.time()
        await asyncio.sleep(max(0, self._begin + self._count * self._step_s - loop.time()))
        frame = self.make(self._count)
        self._count += 1
        return frame


class Wall(Paced):
    kind = "video"

    def __init__(self, colour):
        super().__init__(1 / FRAMES_PER_SECOND)
        self._values = to_yuv(*colour)

    def make(self, count):
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, value in zip(frame.planes, self._values):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts = count * (90000 // FRAMES_PER_SECOND)
        frame.time_base = fractions.Fraction(1, 90000)
        return frame


class Tone(Paced):
    kind = "audio"

    def __init__(self):
        super().__init__(SAMPLES / SAMPLE_RATE)

    def make(self, count):
        begin = count * SAMPLES
        step = 2 * math.pi * TONE_HZ / SAMPLE_RATE
        wave = (TONE_PEAK * math.sin(step * (begin + i)) for i in range(SAMPLES))
        samples = array.array("h", map(round, wave))
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(samples.tobytes())
        frame.pts = begin
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = fractions.Fraction(1, SAMPLE_RATE)
        return frame


class Heard:
    """What arrived decoded."""

    def __init__(self):
        self.frames = self.audio_frames = self.peak = 0
        self.wall = None

    async def watch(self, track):
        try:
            while True:
                frame = await track.recv()
                if track.kind == "video":
                    self.frames += 1
                    self.wall = self.colour_at_edge(frame)
                else:
                    self.audio_frames += 1
                    samples = array.array("h", bytes(frame.planes[0]))
                    self.peak = max(self.peak, max(samples), -min(samples))
        except MediaStreamError:
            return

    @staticmethod
    def colour_at_edge(frame):
        """Of the corner where a painted camera shows its wall alone."""
        values = []
        for index, plane in enumerate(frame.planes):
            row = (plane.height // 12) * plane.line_size
            values.append(bytes(plane)[row + plane.width // 24])
        return to_rgb(*values)

    def report(self):
        return {
            "frames": self.frames,
            "audio_frames": self.audio_frames,
            "peak": self.peak,
            "wall": self.wall,
        }


def call(method, url, token, body=None, **headers):
    """(status, headers, text); a status that is an error is an answer too."""
    data = body.encode() if body is not None else None
    request = urllib.request.Request(url, method=method, data=data)
    request.add_header("Authorization", "Bearer " + token)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=HTTP_TIMEOUT_S) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


async def ask(*args, **headers):
    return await asyncio.get_running_loop().run_in_executor(None, lambda: call(*args, **headers))


async def input_line():
    return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def ice_servers(headers):
    """Of the Link headers of RFC 9725 s4.6."""
    servers = []
    for link in headers.get_all("Link") or []:
        url = re.match(r"<([^>]*)>", link).group(1)
        attributes = dict(re.findall(r';\s*([a-z-]+)="([^"]*)"', link))
        if attributes["rel"] == "ice-server":
            servers.append(RTCIceServer(url, attributes["username"], attributes["credential"]))
    return servers


def fragment(ufrag, pwd, mids, candidates=()):
    """application/trickle-ice-sdpfrag (RFC 8840 s9)."""
    lines = [f"a=group:BUNDLE {' '.join(mids)}", f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{pwd}"]
    lines += ["m=audio 9 UDP/TLS/RTP/SAVPF 0", f"a=mid:{mids[0]}", *candidates]
    return "\r\n".join(lines + ["a=end-of-candidates", ""])


class Pest:
    """Feedback without end about one source, protected with the right keys."""

    def __init__(self, transport, ssrc):
        self._transport, self._ssrc = transport, ssrc
        self.packets = 0

    async def run(self):
        os.nice(19)
        while True:
            for _ in range(100):
                lost = [(17 * self.packets + i) & 0xFFFF for i in range(272)]
                pli = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=self._ssrc)
                nack = RtcpRtpfbPacket(
                    fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=self._ssrc, lost=lost
                )
                for packet in (pli, nack):
                    await self._transport._send_rtp(bytes(packet))
                    self.packets += 1
            await asyncio.sleep(0)


class Session:
    """What the server made of the offer."""

    def __init__(self, offer, token, url, etag):
        self._lines = offer.splitlines()
        self._token, self._url, self._etag = token, url, etag

    def values(self, name):
        return [line.split(":", 1)[1] for line in self._lines if line.startswith(f"a={name}:")]

    async def patch(self, if_match, body):
        content_type = "application/trickle-ice-sdpfrag"
        headers = {"Content_Type": content_type, "If_Match": if_match}
        return await ask("PATCH", self._url, self._token, body, **headers)

    async def trickle(self):
        """Once more what the offer had."""
        candidates = dict.fromkeys("a=candidate:" + value for value in self.values("candidate"))
        credentials = self.values("ice-ufrag")[0], self.values("ice-pwd")[0]
        body = fragment(*credentials, self.values("mid"), candidates)
        status, _, _ = await self.patch(self._etag, body)
        say(trickled=status)

    async def restart_ice(self):
        """aiortc has no second ICE session: media goes on over the first."""
        credentials = secrets.token_hex(4), secrets.token_hex(12)
        status, headers, text = await self.patch("*", fragment(*credentials, self.values("mid")))
        say(restarted=status, etag=headers.get("ETag"), fragment=text)

    async def delete(self):
        status, _, _ = await ask("DELETE", self._url, self._token)
        say(deleted=status)
        return status


async def main(action, url, token):
    _, headers, _ = await ask("OPTIONS", url, token)  # aiortc takes no servers after its offer
    peer = RTCPeerConnection(RTCConfiguration(iceServers=ice_servers(headers)))
    heard = Heard()
    watchers = []
    peer.on("track", lambda track: watchers.append(asyncio.ensure_future(heard.watch(track))))
    if action == "publish":
        peer.addTransceiver(Tone(), direction="sendonly")
        peer.addTransceiver(Wall(map(int, os.environ["WALL"].split(","))), direction="sendonly")
    else:
        peer.addTransceiver("audio", direction="recvonly")
        peer.addTransceiver("video", direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    offer = peer.localDescription.sdp
    status, headers, text = await ask("POST", url, token, offer, Content_Type="application/sdp")
    address = urllib.parse.urljoin(url, headers.get("Location", ""))
    etag = headers.get("ETag")
    say(status=status, session=address, etag=etag, text=text)
    if status != 201:
        return 1
    session = Session(offer, token, address, etag)
    await peer.setRemoteDescription(RTCSessionDescription(sdp=text, type="answer"))
    await session.trickle()
    pest = None
    asked = asyncio.ensure_future(input_line())
    while True:
        await asyncio.wait([asked], timeout=0.5)
        if asked.done():
            if asked.result() == "":
                break
            await session.restart_ice()
            asked = asyncio.ensure_future(input_line())
        say(connection=peer.connectionState, **heard.report())
        if action == "pester" and pest is None and peer.connectionState == "connected":
            video_ssrc = int(re.findall(r"a=ssrc:(\d+)", text)[-1])
            pest = Pest(peer.getReceivers()[-1].transport, video_ssrc)
            pestering = asyncio.ensure_future(pest.run())
        if pest:
            say(feedback=pest.packets)
    if pest:
        pestering.cancel()
    status = await session.delete()
    await peer.close()
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
