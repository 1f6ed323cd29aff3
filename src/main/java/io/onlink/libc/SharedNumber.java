package io.onlink.libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A number that several BPF programs read: an array map of one element. When it is set, all of them behave otherwise from one moment
 * to the next, which programs attached one after the other cannot.
 */
final class SharedNumber implements AutoCloseable {
    private static final int BPF_MAP_CREATE = 0;
    private static final int BPF_MAP_UPDATE_ELEM = 2;
    private static final int BPF_MAP_TYPE_ARRAY = 2;

    private final Descriptor map;

    private SharedNumber(Descriptor map) {
        this.map = map;
    }

    /**
     * Zero at first.
     *
     * <pre>{@code
     * struct {                     // of union bpf_attr, for BPF_MAP_CREATE
     *     __u32 map_type;
     *     __u32 key_size;
     *     __u32 value_size;
     *     __u32 max_entries;
     *     ...
     * };
     * }</pre>
     */
    static SharedNumber zero() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(BpfProgram.ATTRIBUTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 0, BPF_MAP_TYPE_ARRAY);
            attributes.set(ValueLayout.JAVA_INT, 4, Integer.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 8, Integer.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 12, 1);
            return new SharedNumber(Libc.bpf(BPF_MAP_CREATE, attributes));
        }
    }

    /**
     * <pre>{@code
     * struct {                     // of union bpf_attr, for BPF_MAP_UPDATE_ELEM
     *     __u32         map_fd;
     *     __aligned_u64 key;
     *     __aligned_u64 value;
     *     __u64         flags;
     * };
     * }</pre>
     */
    void set(int value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(BpfProgram.ATTRIBUTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 0, map.number());
            attributes.set(
                    ValueLayout.JAVA_LONG,
                    8,
                    arena.allocateFrom(ValueLayout.JAVA_INT, 0).address());
            attributes.set(
                    ValueLayout.JAVA_LONG,
                    16,
                    arena.allocateFrom(ValueLayout.JAVA_INT, value).address());
            Libc.bpfChange(BPF_MAP_UPDATE_ELEM, attributes);
        }
    }

    /** For programs that read it, to be loaded while it is open. */
    Descriptor map() {
        return map;
    }

    /** Idempotent. Programs that are loaded keep the map. */
    @Override
    public void close() {
        map.close();
    }
}
