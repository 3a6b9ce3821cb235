#! tcp | permission-error
# connects to a listener on the machine
socket.create_connection(("127.0.0.1", TCP), 2).sendall(b"harm")
#! udp | permission-error
# sends a datagram to the machine
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"harm", ("127.0.0.1", UDP))
#! dns | rendered
# asks for a name, by the library and by hand
quietly(socket.getaddrinfo, "secret.example.org", 80)
quietly(socket.gethostbyname, "secret.example.org")
query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06secret\x07example\x03org\x00\x00\x01\x00\x01"
quietly(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(query, ("127.0.0.1", UDP)))
#! internet-6 | permission-error
# the same over IPv6
socket.socket(socket.AF_INET6, socket.SOCK_STREAM).connect(("::ffff:127.0.0.1", TCP))
#! unix-socket | permission-error
# connects to a socket that has a path
socket.socket(socket.AF_UNIX).connect(SOCKET)
#! abstract-socket | permission-error
# connects to a socket that has a name
socket.socket(socket.AF_UNIX).connect("\0" + ABSTRACT)
#! netlink | permission-error
# asks the kernel about networks
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
look()
#! vsock | permission-error
# talks to the host of a virtual machine
socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
look()
#! raw-packets | permission-error
# listens to everybody's packets
socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3 << 8)
look()
#! kernel-crypto | permission-error
# opens a socket to the kernel's cryptography
socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
look()
#! listen | permission-error
# waits for others on a port
server = socket.socket()
server.bind(("0.0.0.0", 0))
server.listen()
look()
#! pair | permission-error
# makes a pair of sockets, which can carry descriptors
socket.socketpair()
look()
#! own-socket | rendered
# turns the socket that it has to somebody else
own = socket.socket(fileno=os.dup(wire()))
quietly(own.connect, SOCKET)
quietly(own.connect, "\0" + ABSTRACT)
quietly(own.bind, "socket")
quietly(own.sendto, b"harm", SOCKET)
quietly(call, 44, own.fileno(), b"harm", 4, 0x20000000, struct.pack("=HH4s8x", 2, socket.htons(TCP), b"\x7f\0\0\1"), 16)
quietly(own.listen)
#! web | rendered
# fetches a page
import urllib.request
quietly(lambda: urllib.request.urlopen(f"http://127.0.0.1:{TCP}/", timeout=2).read())
#! by-connection-of-another | rendered
# takes the supervisor's sockets with pidfd_getfd()
for number in range(3, 40):
    quietly(lambda: os.write(call(438, call(434, SUPERVISOR, 0), number, 0), b"harm"))
