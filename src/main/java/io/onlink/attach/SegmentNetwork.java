package io.onlink.attach;

/**
 * A Docker network on a segment.
 *
 * @param id Docker's
 * @param segment name of the segment in the host file
 */
public record SegmentNetwork(String id, String segment) {}
