#!/usr/bin/env python3
"""Reads what Sluice sends on an interface and keeps a ledger of every SRTP and SRTCP index it uses.

    index_ledger.py INTERFACE SLUICE_ADDRESS

Runs until its standard input is closed, then prints one JSON object:
    {"rtp": packets, "rtcp": packets, "streams": SSRCs, "reused": [what, ...]}

An index may come twice only with the same bytes (a copy that the network made). SSRCs are unique
per node, and a stream is far from 2^15 packets between two that are seen, so the sequence number
extends to the index (RFC 3711 s3.3.1). SRTCP carries its index (AEAD: the last word, RFC 7714
s9.2).
"""
import json
import select
import socket
import struct
import sys

ETH_P_IP = 0x0800
RTCP_TYPES = range(192, 224)  # RFC 5761 s4
index_of_stream = {}  # ssrc -> highest extended sequence number
seen = {}  # (kind, ssrc, index) -> hash of the packet
reused = []
counts = {"rtp": 0, "rtcp": 0}


def note(kind, ssrc, index, packet):
    counts[kind] += 1
    fingerprint = hash(packet)
    if seen.setdefault((kind, ssrc, index), fingerprint) != fingerprint:
        reused.append(f"{kind} ssrc {ssrc:#x} index {index}")


def extended(ssrc, number):
    highest = index_of_stream.get(ssrc, number)
    step = (number - highest + 0x8000) % 0x10000 - 0x8000
    index_of_stream[ssrc] = max(highest, highest + step)
    return highest + step


def on_media(packet):
    if len(packet) < 28 or packet[0] >> 6 != 2:
        return  # RFC 7983: 128 to 191 is RTP or RTCP
    if packet[1] in RTCP_TYPES:
        ssrc = struct.unpack_from("!I", packet, 4)[0]
        index = struct.unpack("!I", packet[-4:])[0] & 0x7FFFFFFF
        return note("rtcp", ssrc, index, packet)
    number, ssrc = struct.unpack_from("!H4xI", packet, 2)
    note("rtp", ssrc, extended(ssrc, number), packet)


def on_frame(frame, address):
    header_length = (frame[14] & 0x0F) * 4
    if frame[23] == socket.IPPROTO_UDP and frame[26:30] == address:
        on_media(bytes(frame[14 + header_length + 8:]))


def main(interface, address):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    link.bind((interface, 0))
    print("listening", flush=True)
    address = socket.inet_aton(address)
    while True:
        ready, _, _ = select.select([link, sys.stdin], [], [])
        if link in ready:
            on_frame(link.recv(65_535), address)
        elif sys.stdin in ready:
            break
    print(json.dumps({**counts, "streams": len(index_of_stream), "reused": reused}))


if __name__ == "__main__":
    main(*sys.argv[1:])
