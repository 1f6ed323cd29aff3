package io.onlink.attach;

import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.time.Instant;

/**
 * A machine outside claims an address that is in use here.
 *
 * @param segment name of the segment in the host file
 * @param owner whose the address is here: {@code container web}, or {@code this host}
 * @param holder the machine's MAC address
 * @param since when it was heard first
 * @param last when it was heard last
 * @param times how often it was heard
 */
public record Conflict(
        String segment, IpAddress address, String owner, MacAddress holder, Instant since, Instant last, long times) {

    /** Whether the other is about the same address and the same machine. */
    boolean isOfTheSame(Conflict other) {
        return segment.equals(other.segment) && address.equals(other.address) && holder.equals(other.holder);
    }
}
