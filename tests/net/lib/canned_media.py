#!/usr/bin/python3
"""Encodes what emulated publishers send: canned_media.py DIRECTORY RED,GREEN,BLUE ...

For each colour video-N.ivf, VP8 160x90 at 10 frames a second of a wall with a bar that moves, and
audio-N.ivf, Opus of a tone of its own: two seconds each, to be played in a loop.
"""
import array
import fractions
import math
import struct
import sys

import av

WIDTH, HEIGHT, FRAMES_PER_SECOND, SECONDS = 160, 90, 10, 2
SAMPLE_RATE, SAMPLES = 48000, 960  # 20 ms
BAR = 16


def to_yuv(red, green, blue):
    """BT.601, studio range, as camera.mjs paints."""
    return (
        round(16 + 0.257 * red + 0.504 * green + 0.098 * blue),
        round(128 - 0.148 * red - 0.291 * green + 0.439 * blue),
        round(128 + 0.439 * red - 0.368 * green - 0.071 * blue),
    )


def write_ivf(path, fourcc, rate, packets):
    with open(path, "wb") as file:
        sizes = (WIDTH, HEIGHT, rate, 1, len(packets), 0)
        file.write(struct.pack("<4sHH4sHHIIII", b"DKIF", 0, 32, fourcc, *sizes))
        for number, packet in enumerate(packets):
            file.write(struct.pack("<IQ", len(packet), number) + packet)


def wall(number, colour):
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, value in zip(frame.planes, to_yuv(*colour)):
        rows = bytearray([value]) * plane.buffer_size
        if plane is frame.planes[0]:  # the bar is brighter, below the edge where tests look
            left = number * (WIDTH - BAR) // (FRAMES_PER_SECOND * SECONDS)
            for row in range(HEIGHT // 2, HEIGHT):
                begin = row * plane.line_size + left
                rows[begin : begin + BAR] = bytearray([235]) * BAR
        plane.update(bytes(rows))
    frame.pts = number
    return frame


def encode_video(colour):
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.time_base = fractions.Fraction(1, FRAMES_PER_SECOND)
    codec.bit_rate = 30000
    codec.options = {"deadline": "realtime", "g": "1000", "auto-alt-ref": "0", "lag-in-frames": "0"}
    packets = []
    for number in range(FRAMES_PER_SECOND * SECONDS):
        packets += codec.encode(wall(number, colour))
    return [bytes(packet) for packet in packets + codec.encode(None)]


def encode_audio(hertz):
    codec = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = SAMPLE_RATE, "mono", "s16"
    codec.bit_rate = 24000
    packets = []
    for number in range(SECONDS * SAMPLE_RATE // SAMPLES):
        step = 2 * math.pi * hertz / SAMPLE_RATE
        wave = (8000 * math.sin(step * (number * SAMPLES + i)) for i in range(SAMPLES))
        frame = av.AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(array.array("h", map(round, wave)).tobytes())
        frame.sample_rate, frame.pts = SAMPLE_RATE, number * SAMPLES
        frame.time_base = fractions.Fraction(1, SAMPLE_RATE)
        packets += codec.encode(frame)
    codec.encode(None)  # what is left is less than a packet
    return [bytes(packet) for packet in packets]


def main(directory, *colours):
    for number, colour in enumerate(colours):
        video = encode_video(tuple(map(int, colour.split(","))))
        write_ivf(f"{directory}/video-{number}.ivf", b"VP80", FRAMES_PER_SECOND, video)
        audio = encode_audio(300 + 20 * number)
        write_ivf(f"{directory}/audio-{number}.ivf", b"OPUS", SAMPLE_RATE // SAMPLES, audio)


if __name__ == "__main__":
    main(*sys.argv[1:])
