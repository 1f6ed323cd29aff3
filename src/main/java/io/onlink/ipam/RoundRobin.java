package io.onlink.ipam;

import io.onlink.model.AddressRange;
import io.onlink.model.IpAddress;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of a pool, each once, beginning after the one given last: an address that was just released is the last
 * to be given again, so that neighbours forget its MAC address first. Nothing is enumerated ahead, whatever the size.
 */
final class RoundRobin implements Iterator<IpAddress> {
    private final List<AddressRange> ranges;
    private final IpAddress start;
    private int range;
    private @Nullable IpAddress next;

    RoundRobin(List<AddressRange> ranges, Optional<IpAddress> last) {
        this.ranges = ranges;
        this.range = last.map(this::rangeOf).orElse(-1);
        if (range < 0) {
            range = 0;
            this.start = ranges.getFirst().first();
        } else {
            this.start = after(last.orElseThrow());
        }
        this.next = start;
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public IpAddress next() {
        IpAddress current = next;
        if (current == null) {
            throw new NoSuchElementException();
        }
        IpAddress following = after(current);
        next = following.equals(start) ? null : following;
        return current;
    }

    private int rangeOf(IpAddress address) {
        for (int i = 0; i < ranges.size(); i++) {
            if (ranges.get(i).contains(address)) {
                return i;
            }
        }
        return -1;
    }

    private IpAddress after(IpAddress address) {
        if (!address.equals(ranges.get(range).last())) {
            return address.next();
        }
        range = (range + 1) % ranges.size();
        return ranges.get(range).first();
    }
}
