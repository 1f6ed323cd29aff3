import io.onlink.libc.Descriptor;
import io.onlink.libc.IcmpSocket;
import io.onlink.libc.Libc;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.util.BitSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends echo requests at a steady pace and prints how many were not answered: "LOST SENT LONGEST-GAP-IN-MICROSECONDS". ping(8)
 * counts its interval in milliseconds, which is too coarse here. Run with onlink.jar on the class path, in the namespace to probe
 * from; arguments: address, largest count, interval in microseconds, a file whose coming ends it. Each gap goes to standard error: "SECONDS-OF-THE-DAY LOST", for finding out what was
 * done at the time.
 */
final class Prober {
    private static final int HEADER = 8;

    public static void main(String[] arguments) throws InterruptedException {
        IpAddress target = IpAddress.parse(arguments[0]);
        int count = Integer.parseInt(arguments[1]);
        long interval = Long.parseLong(arguments[2]) * 1_000;
        Path end = Path.of(arguments[3]);
        boolean ipv4 = target.family() == Family.IPV4;
        long token = ThreadLocalRandom.current().nextLong();
        BitSet answered = new BitSet();
        try (IcmpSocket out = IcmpSocket.open(target.family().number(), null);
                Descriptor in = open(ipv4)) {
            AtomicBoolean sent = new AtomicBoolean();
            Thread listener = Thread.ofPlatform().start(() -> listen(in, ipv4, token, answered, sent));
            long start = System.nanoTime();
            double startOfDay = LocalTime.now().toNanoOfDay() / 1e9;
            for (int i = 0; i < count; i++) {
                if (i % 400 == 0 && Files.exists(end)) {
                    count = i;
                    break;
                }
                long due = start + i * interval;
                while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                out.send(request(ipv4, token, i), target.toBytes(), 0);
            }
            Thread.sleep(1_000);
            sent.set(true);
            listener.join();
            for (int from = answered.nextClearBit(0); from < count; ) {
                int to = end(answered, from, count);
                System.err.printf("%.4f %d%n", startOfDay + from * interval / 1e9, to - from);
                from = answered.nextClearBit(to);
            }
            System.out.printf("%d %d %d%n", count - answered.cardinality(), count, longestGap(answered, count) * interval / 1_000);
        }
    }

    /** With room for all that may come while this program, or this machine's processor, is elsewhere: what it drops is no loss. */
    private static Descriptor open(boolean ipv4) {
        Descriptor socket = Libc.socket(
                ipv4 ? Libc.AF_INET : Libc.AF_INET6,
                Libc.SOCK_RAW | Libc.SOCK_CLOEXEC,
                ipv4 ? Libc.IPPROTO_ICMP : Libc.IPPROTO_ICMPV6);
        Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, 64 << 20);
        return socket;
    }

    /** Now and then all that has come: to wake up for each answer would cost more than to send. */
    private static void listen(Descriptor in, boolean ipv4, long token, BitSet answered, AtomicBoolean sent) {
        ByteBuffer content = ByteBuffer.allocateDirect(2048);
        ByteBuffer sender = ByteBuffer.allocateDirect(28);
        byte reply = (byte) (ipv4 ? 0 : 129);
        boolean isLast;
        do {
            isLast = sent.get();
            while (Libc.recvfrom(in, content, Libc.MSG_DONTWAIT, sender).isPresent()) {
                // raw(7): with IPv4's header, whose length is in its first byte in units of four.
                int start = ipv4 ? (content.get(0) & 0x0f) * 4 : 0;
                if (content.limit() - start == HEADER + 12
                        && content.get(start) == reply
                        && content.getLong(start + HEADER) == token) {
                    answered.set(content.getInt(start + HEADER + 8));
                }
            }
            LockSupport.parkNanos(5_000_000);
        } while (!isLast);
    }

    private static byte[] request(boolean ipv4, long token, int sequence) {
        ByteBuffer message = ByteBuffer.allocate(HEADER + 12);
        message.put((byte) (ipv4 ? 8 : 128)).put((byte) 0).putShort((short) 0);
        message.putShort((short) token).putShort((short) sequence).putLong(token).putInt(sequence);
        if (ipv4) {
            message.putShort(2, checksum(message.array()));
        }
        return message.array();
    }

    /** RFC 1071; the kernel writes ICMPv6's. */
    private static short checksum(byte[] bytes) {
        int sum = 0;
        for (int i = 0; i < bytes.length; i += 2) {
            sum += (bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~(sum + (sum >>> 16));
    }

    private static int end(BitSet answered, int from, int count) {
        int next = answered.nextSetBit(from);
        return next < 0 ? count : Math.min(count, next);
    }

    private static int longestGap(BitSet answered, int count) {
        int longest = 0;
        for (int from = answered.nextClearBit(0); from < count; ) {
            int to = end(answered, from, count);
            longest = Math.max(longest, to - from);
            from = answered.nextClearBit(to);
        }
        return longest;
    }
}
