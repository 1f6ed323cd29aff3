package io.onlink.nftables;

/**
 * What was dropped at a port since it is there.
 *
 * @param link name of the port
 * @param bytes of the frames, without their Ethernet headers
 */
public record Dropped(String link, Offence offence, long packets, long bytes) {}
