/**
 * Programs of the host in a VRF: control groups whose processes' sockets are bound to the VRF's device, and the name servers that such
 * programs ask. Knows neither the host file nor an engine; what is bound is for the caller to say.
 */
@NullMarked
package io.onlink.vrf;

import org.jspecify.annotations.NullMarked;
