package io.onlink.failure;

import org.jspecify.annotations.Nullable;

/** The kernel refused. */
public final class KernelException extends OnlinkException {
    /** The exit code of every such failure. */
    public static final int EXIT_CODE = 4;

    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param doing what was being done and to what, in words of the {@code ip} command
     * @param errno the kernel's error number, positive; 0 where there is none
     * @param reason the errno's name and the kernel's own extack text
     */
    public KernelException(String doing, int errno, String reason) {
        this(doing, errno, reason, null);
    }

    public KernelException(String doing, int errno, String reason, @Nullable Throwable cause) {
        super(doing + ": " + reason, cause);
        this.errno = errno;
    }

    /** The kernel's error number, positive; 0 where there is none. */
    public int errno() {
        return errno;
    }

    @Override
    public int exitCode() {
        return EXIT_CODE;
    }
}
