import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs a command that starts a web server and asks for its page every two milliseconds, each time on a connection of its own:
 * prints after how many milliseconds the first answer came, and when the command had ended. Arguments: address, port, command.
 */
final class FirstReply {
    private static final int CONNECTIONS = 200;

    public static void main(String[] arguments) throws IOException, InterruptedException {
        InetSocketAddress server = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        List<String> command = Arrays.asList(arguments).subList(2, arguments.length);
        Deque<SocketChannel> open = new ArrayDeque<>();
        long[] ended = new long[1];
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command).inheritIO().redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        Thread waiting = Thread.ofPlatform().start(() -> ended[0] = end(process));
        while (!answered(open)) {
            if (System.nanoTime() - start > 60_000_000_000L) {
                throw new IOException("no answer from " + server);
            }
            ask(server, open);
            LockSupport.parkNanos(2_000_000);
        }
        long answered = System.nanoTime();
        waiting.join();
        System.out.printf("%.1f %.1f%n", (answered - start) / 1e6, (ended[0] - start) / 1e6);
    }

    private static long end(Process process) {
        try {
            if (process.waitFor() != 0) {
                System.err.println("the command failed");
                System.exit(1);
            }
            return System.nanoTime();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static void ask(InetSocketAddress server, Deque<SocketChannel> open) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        try {
            channel.connect(server);
            open.add(channel);
        } catch (IOException refused) {
            channel.close();
        }
        if (open.size() > CONNECTIONS) {
            open.removeFirst().close();
        }
    }

    private static boolean answered(Deque<SocketChannel> open) throws IOException {
        for (Iterator<SocketChannel> channels = open.iterator(); channels.hasNext(); ) {
            SocketChannel channel = channels.next();
            try {
                if (channel.isConnectionPending() && channel.finishConnect()) {
                    channel.write(ByteBuffer.wrap("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
                }
                if (channel.isConnected() && channel.read(ByteBuffer.allocate(16)) > 0) {
                    return true;
                }
            } catch (IOException refused) {
                channel.close();
                channels.remove();
            }
        }
        return false;
    }
}
