package io.onlink.libc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a packet socket is bound or sends to, packet(7).
 *
 * <pre>{@code
 * struct sockaddr_ll {                    // 20 bytes
 *     unsigned short  sll_family;         // AF_PACKET
 *     __be16          sll_protocol;
 *     int             sll_ifindex;
 *     unsigned short  sll_hatype;
 *     unsigned char   sll_pkttype;
 *     unsigned char   sll_halen;
 *     unsigned char   sll_addr[8];
 * };
 * }</pre>
 *
 * @param protocol an Ethernet type, as 0x0806 for ARP
 */
record LinkLayerAddress(int protocol, int interfaceIndex) {
    static final int SIZE = 20;

    private static final int INTERFACE_PLACE = 4;

    /** Of an address that the kernel wrote. */
    static int interfaceIndex(ByteBuffer sockaddr) {
        return sockaddr.order(ByteOrder.nativeOrder()).getInt(INTERFACE_PLACE);
    }

    byte[] encode() {
        ByteBuffer sockaddr = ByteBuffer.allocate(SIZE).order(ByteOrder.nativeOrder());
        sockaddr.putShort((short) Libc.AF_PACKET);
        sockaddr.order(ByteOrder.BIG_ENDIAN).putShort((short) protocol);
        sockaddr.order(ByteOrder.nativeOrder()).putInt(interfaceIndex);
        return sockaddr.array();
    }
}
