// The clients of every measurement: one thread on epoll.
//
//     load --mode echo|rate|bulk|down|up|connect|refused|idle --target HOST:PORT [--wire tcp|ws|tls|wss] [--key K] [--connections N]
//          [--seconds S] [--warmup S] …
//
// echo     64 bytes back and forth, one message in flight per connection
// rate     64-byte messages at a fixed rate over all connections; latency counts from the moment a message was due,
//          so a stall of the relay is charged to every message that it delayed
// bulk     requests --unit bytes at a time from the backend (mode serve), two requests in flight per connection, and drops the
//          answers in the kernel
// down     requests 64 KiB at a time from the backend (mode serve), --rate bytes per second over all connections, and compares them
// up       sends the backend (mode check) 64 KiB at a time, --rate bytes per second over all connections, and waits for its verdict
// connect  connect, [handshake,] wait for --greeting N bytes of the backend, end of stream in both directions, close; repeatedly
//          with --keys FILE each session sends the next line of the file as its key, in a cycle
// refused  connect, [send the key,] read to an end of any kind, close; from 10,000 addresses in turn. Accepted clients are not counted
// idle     opens connections, uses each once and keeps them open
//
// With --key a connection first sends `uint32 little-endian length | key` and waits for `uint32 length | message`. A WebSocket client
// sends its key in the header `server-identify` and waits for a first message. --wire is for all modes except bulk and connect (wire.h).
//
// The driver controls it line by line. It prints `base` (idle only, when --base connections are open), `ready` when everything is set up
// and warm and nothing is in flight, and one line of JSON after each run. Each line on standard input lets it continue: from `base`, then
// once per run. It exits at the end of the input. Nothing is in flight between runs, so the relay's processor time can be read there
// without set-up and close. If anything goes wrong, such as a lost connection, it exits non-zero with one line on standard error.
#define _GNU_SOURCE
#include "wire.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

enum {
    MESSAGE = 64,
    EVENTS_PER_TURN = 256,
    SOURCE_ADDRESSES = 64,     // from 127.0.1.1: each address has its own range of ports
    IN_FLIGHT = 4096,          // rate: most unanswered messages per connection
    MAX_KEY = 4096,
    PIECE = WIRE_MESSAGE,      // down, up: bytes per piece, the length of the backend's pattern
    MOST_BEHIND = 32,          // down, up: most pieces due per connection; further ones are skipped
};

static struct sockaddr_in target;
static const char *key;
static char frame[4 + MAX_KEY];
static size_t frame_size;
static long connection_count = 1, base_count, greeting = 0, rate = 10000;
static double run_seconds = 1, warmup_seconds;
static uint64_t unit = 256 << 10;

struct connection {
    int fd;
    uint32_t number;
    uint64_t sent, answered;   // messages
    size_t got;                // received bytes of the current message
    char in[MESSAGE];
    int64_t *due;              // rate: ring of the due times of messages in flight
    uint64_t owed;             // bulk: bytes requested but not received yet
    struct wire *wire;         // null = plain bytes
    long behind;               // down, up: due pieces
    bool under_way;            // down, up: a piece is in flight
};

static struct connection *connections;
static int epoll;

// ---- control by the driver ----------------------------------------------------------------------------------------

static void tell(const char *line)
{
    puts(line);
    fflush(stdout);
}

static bool told_to_go_on(void)
{
    char line[64];
    return fgets(line, sizeof line, stdin);
}

// ---- opening ------------------------------------------------------------------------------------------------------

static bool refused;           // whether the mode is `refused`

// In mode `refused`, 250 addresses in each of 40 subnets (/24), since limits count addresses. Otherwise a few addresses of one subnet.
static uint32_t source_of(uint32_t number)
{
    return refused ? (127u << 24) + (2 << 16) + (number / 250 % 40 << 8) + 1 + number % 250
                   : (127u << 24) + (1 << 8) + 1 + number % SOURCE_ADDRESSES;
}

static int new_socket(uint32_t number, int flags)
{
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket");
    int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    no_delay(fd);
    struct sockaddr_in source = ipv4(source_of(number), 0);
    must(bind(fd, (struct sockaddr *)&source, sizeof source), "bind");
    return fd;
}

static ssize_t read_some(struct connection *connection, void *into, size_t most, int flags)
{
    if (!connection->wire)
        return recv(connection->fd, into, most, flags);
    const uint8_t *payload;
    ssize_t count = wire_take(connection->wire, &payload, most);
    if (count > 0)
        memcpy(into, payload, (size_t)count);
    return count;
}

static void read_exactly(struct connection *connection, void *into, size_t count, const char *what)
{
    for (size_t got = 0; got < count;) {
        ssize_t n = read_some(connection, (char *)into + got, count - got, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            die("%s: %s", what, errno == EAGAIN ? "no answer within 10 s" : strerror(errno));
        if (n == 0)
            die("%s: connection closed", what);
        got += (size_t)n;
    }
}

// Returns true if everything was sent at once.
static bool write_message(struct connection *connection, const void *bytes, size_t count)
{
    if (connection->wire)
        return wire_send(connection->wire, bytes, count);
    return send(connection->fd, bytes, count, MSG_DONTWAIT) == (ssize_t)count;
}

// Opens one connection at a time and blocks, because set-up is not measured.
static void open_connection(struct connection *connection, uint32_t number)
{
    int fd = new_socket(number, 0);
    struct timeval patience = { .tv_sec = 10 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    must(connect(fd, (struct sockaddr *)&target, sizeof target), "connect");
    connection->fd = fd;
    connection->number = number;
    if (wired())
        connection->wire = wire_open(fd, key);
    if (key && !wire_websocket) {
        uint8_t head[4];
        char message[256];
        if (!write_message(connection, frame, frame_size))
            die("handshake: short send");
        read_exactly(connection, head, sizeof head, "handshake");
        uint32_t length = head[0] | head[1] << 8 | head[2] << 16 | (uint32_t)head[3] << 24;
        if (length >= sizeof message)
            die("handshake: reply of %u bytes", length);
        read_exactly(connection, message, length, "handshake");
        message[length] = 0;
        if (!strncmp(message, "error ", 6))
            die("handshake: %s", message);
    }
}

static void open_connections(long from, long to)
{
    for (long i = from; i < to; i++)
        open_connection(&connections[i], (uint32_t)i);
}

static void watch_connections(void)
{
    for (long i = 0; i < connection_count; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &connections[i] };
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event), "epoll_ctl");
        if (connections[i].wire)
            wire_go_on(connections[i].wire);
    }
}

// ---- messages: each contains its connection and sequence number, and the answer is compared -----------------------

// Writes the message with this sequence number for this connection.
static void compose(char *text, const struct connection *connection, uint64_t which)
{
    static const char filling[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde";
    memcpy(text, filling, MESSAGE);
    memcpy(text, &connection->number, sizeof connection->number);
    memcpy(text + 8, &which, sizeof which);
}

static void send_message(struct connection *connection)
{
    char message[MESSAGE];
    compose(message, connection, connection->sent++);
    if (!write_message(connection, message, MESSAGE))
        die("send: %s", errno == EAGAIN ? "the relay accepts no more" : strerror(errno));
}

static void compare_message(struct connection *connection)
{
    char wanted[MESSAGE];
    compose(wanted, connection, connection->answered);
    if (memcmp(wanted, connection->in, MESSAGE))
        die("connection %u: wrong answer", connection->number);
    connection->got = 0;
    connection->answered++;
}

// Reads available bytes, at most one message. Returns true if it is complete.
static bool take_message(struct connection *connection)
{
    do {
        ssize_t count = read_some(connection, connection->in + connection->got, MESSAGE - connection->got, MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        if (count <= 0)
            die("connection %u lost: %s", connection->number, count ? strerror(errno) : "closed by the relay");
        connection->got += (size_t)count;
    } while (connection->wire && connection->got < MESSAGE);   // epoll does not see bytes in our own buffer
    if (connection->got < MESSAGE)
        return false;
    compare_message(connection);
    return true;
}

// ---- echo ---------------------------------------------------------------------------------------------------------

// Runs for this long, then waits for the messages in flight, so the count is exact. Returns the number of answers.
static uint64_t echo_for(double seconds, double *taken)
{
    double start = seconds_now(), end = start + seconds;
    uint64_t answers = 0;
    long in_flight = connection_count;
    for (long i = 0; i < connection_count; i++)
        send_message(&connections[i]);
    bool running = true;
    struct epoll_event events[EVENTS_PER_TURN];
    while (in_flight) {
        int ready = epoll_wait(epoll, events, EVENTS_PER_TURN, 10000);
        if (ready == 0)
            die("no answer within 10 s");
        if (running && seconds_now() >= end)
            running = false;
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!take_message(connection))
                continue;
            answers++;
            if (running)
                send_message(connection);
            else
                in_flight--;
        }
    }
    *taken = seconds_now() - start;
    return answers;
}

static void set_up_echo(void)
{
    double taken;
    open_connections(0, connection_count);
    watch_connections();
    if (warmup_seconds > 0)
        echo_for(warmup_seconds, &taken);
}

static void run_echo(char *result, size_t room)
{
    double taken;
    uint64_t answers = echo_for(run_seconds, &taken);
    snprintf(result, room, "{\"seconds\":%.6f,\"count\":%llu}", taken, (unsigned long long)answers);
}

// ---- rate ---------------------------------------------------------------------------------------------------------

static int by_value(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static uint32_t *latencies;    // nanoseconds, capped at 4 s

// Sends message i at start + i/rate, on connection i mod N.
static size_t rate_for(double seconds)
{
    size_t total = (size_t)(seconds * (double)rate), sent = 0, answered = 0;
    int64_t start = nanoseconds_now();
    double gap = 1e9 / (double)rate;
    struct epoll_event events[EVENTS_PER_TURN];
    while (answered < total) {
        int64_t now = nanoseconds_now(), due = start + (int64_t)((double)sent * gap);
        while (sent < total && due <= now) {
            struct connection *connection = &connections[sent % (size_t)connection_count];
            if (connection->sent - connection->answered == IN_FLIGHT)
                die("%d messages are unanswered on one connection; the rate is too high for this relay", IN_FLIGHT);
            connection->due[connection->sent % IN_FLIGHT] = due;
            send_message(connection);
            due = start + (int64_t)((double)++sent * gap);
        }
        now = nanoseconds_now();
        int64_t wait = sent < total ? due - now : 10000000000;
        struct timespec timeout = { .tv_sec = 0, .tv_nsec = 0 };
        if (wait > 0) {
            timeout.tv_sec = wait / 1000000000;
            timeout.tv_nsec = wait % 1000000000;
        }
        int ready = epoll_pwait2(epoll, events, EVENTS_PER_TURN, &timeout, NULL);
        if (ready == 0 && sent == total)
            die("no answer within 10 s");
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            while (take_message(connection)) {
                int64_t latency = nanoseconds_now() - connection->due[(connection->answered - 1) % IN_FLIGHT];
                latencies[answered++] = latency > UINT32_MAX ? UINT32_MAX : (uint32_t)latency;
                if (connection->sent == connection->answered)
                    break;
            }
        }
    }
    return answered;
}

static void set_up_rate(void)
{
    double longest = run_seconds > warmup_seconds ? run_seconds : warmup_seconds;
    latencies = malloc(((size_t)(longest * (double)rate) + 1) * sizeof *latencies);
    if (!latencies)
        die("out of memory");
    prctl(PR_SET_TIMERSLACK, 1UL);
    open_connections(0, connection_count);
    watch_connections();
    for (long i = 0; i < connection_count; i++) {
        connections[i].due = malloc(IN_FLIGHT * sizeof(int64_t));
        if (!connections[i].due)
            die("out of memory");
    }
    rate_for(warmup_seconds);
}

static void run_rate(char *result, size_t room)
{
    double start = seconds_now();
    size_t count = rate_for(run_seconds);
    double taken = seconds_now() - start;
    if (count == 0)
        die("nothing was sent; raise --rate or --seconds");
    qsort(latencies, count, sizeof *latencies, by_value);
    snprintf(result, room,
        "{\"seconds\":%.6f,\"count\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f}",
        taken, count, latencies[count / 2] / 1e3, latencies[count - 1 - count / 100] / 1e3,
        latencies[count - 1 - count / 1000] / 1e3, latencies[count - 1] / 1e3);
}

// ---- bulk ---------------------------------------------------------------------------------------------------------

static void ask(struct connection *connection)
{
    uint64_t request = htole64(unit);
    if (send(connection->fd, &request, sizeof request, MSG_DONTWAIT) != sizeof request)
        die("send: %s", strerror(errno));
    connection->owed += unit;
}

// Requests bytes for this long, then waits for the rest, so the count is exact and no buffer on the way stays full.
static uint64_t bulk_for(double seconds, double *taken)
{
    double start = seconds_now(), end = start + seconds;
    uint64_t bytes = 0, owed = 2 * unit * (uint64_t)connection_count;
    for (long i = 0; i < connection_count; i++) {
        ask(&connections[i]);
        ask(&connections[i]);
    }
    bool running = true;
    struct epoll_event events[EVENTS_PER_TURN];
    while (owed) {
        int ready = epoll_wait(epoll, events, EVENTS_PER_TURN, 10000);
        if (ready == 0)
            die("nothing received within 10 s");
        if (running && seconds_now() >= end)
            running = false;
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            ssize_t count = recv(connection->fd, NULL, 1 << 30, MSG_TRUNC | MSG_DONTWAIT);   // dropped without a copy
            if (count < 0 && (errno == EAGAIN || errno == EINTR))
                continue;
            if (count <= 0)
                die("connection %u lost: %s", connection->number, count ? strerror(errno) : "closed by the relay");
            if ((uint64_t)count > connection->owed)
                die("connection %u: received more than requested", connection->number);
            bytes += (uint64_t)count;
            owed -= (uint64_t)count;
            connection->owed -= (uint64_t)count;
            while (running && connection->owed <= unit) {
                ask(connection);
                owed += unit;
            }
        }
    }
    *taken = seconds_now() - start;
    return bytes;
}

static void set_up_bulk(void)
{
    double taken;
    open_connections(0, connection_count);
    watch_connections();
    if (warmup_seconds > 0)
        bulk_for(warmup_seconds, &taken);
}

static void run_bulk(char *result, size_t room)
{
    double taken;
    uint64_t bytes = bulk_for(run_seconds, &taken);
    snprintf(result, room, "{\"seconds\":%.6f,\"bytes\":%llu}", taken, (unsigned long long)bytes);
}

// ---- down, up: 64 KiB at a time at a fixed rate, every byte compared ------------------------------------------------

static char pattern[PIECE];
static bool upwards;

static void begin_piece(struct connection *connection)
{
    uint64_t request = htole64(PIECE);
    bool out = upwards ? write_message(connection, pattern, PIECE) : write_message(connection, &request, sizeof request);
    connection->under_way = true;
    connection->owed = upwards ? 1 : PIECE;
    if (out)
        return;
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.ptr = connection };
    must(epoll_ctl(epoll, EPOLL_CTL_MOD, connection->fd, &event), "epoll_ctl");
}

// Reads available bytes. Returns true if the piece is complete.
static bool take_piece(struct connection *connection)
{
    const uint8_t *payload;
    ssize_t count;
    while (connection->owed && (count = wire_take(connection->wire, &payload, (size_t)connection->owed)) > 0) {
        const char *wanted = upwards ? "+" : pattern + PIECE - connection->owed;
        if (memcmp(payload, wanted, (size_t)count))
            die(upwards ? "connection %u: the backend got wrong bytes" : "connection %u: received wrong bytes", connection->number);
        connection->owed -= (uint64_t)count;
    }
    if (connection->owed == 0)
        return true;
    if (count == 0 || errno != EAGAIN)
        die("connection %u lost: %s", connection->number, count ? strerror(errno) : "closed by the relay");
    return false;
}

// Each piece is due at its own time, over all connections in turn. A connection that is too far behind is skipped, so a relay that cannot
// keep the rate shows a lower rate. Then waits for the pieces in flight. Returns the number of pieces.
static uint64_t paced_for(double seconds, double *taken)
{
    int64_t start = nanoseconds_now(), end = start + (int64_t)(seconds * 1e9);
    double gap = 1e9 * PIECE / (double)rate;
    uint64_t ticks = 0, pieces = 0;
    long under_way = 0;
    struct epoll_event events[EVENTS_PER_TURN];
    for (;;) {
        int64_t now = nanoseconds_now(), due = start + (int64_t)((double)ticks * gap);
        for (; due <= now && due < end; due = start + (int64_t)((double)++ticks * gap)) {
            struct connection *connection = &connections[ticks % (uint64_t)connection_count];
            if (!connection->under_way) {
                begin_piece(connection);
                under_way++;
            } else if (connection->behind < MOST_BEHIND) {
                connection->behind++;
            }
        }
        if (due >= end && under_way == 0)
            break;
        now = nanoseconds_now();
        int64_t wait = due >= end ? 10000000000 : due > now ? due - now : 0;
        struct timespec timeout = { .tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000 };
        int ready = epoll_pwait2(epoll, events, EVENTS_PER_TURN, &timeout, NULL);
        if (ready == 0 && due >= end)
            die("nothing received within 10 s");
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (events[i].events & EPOLLOUT && wire_flush(connection->wire)) {
                struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
                must(epoll_ctl(epoll, EPOLL_CTL_MOD, connection->fd, &event), "epoll_ctl");
            }
            if (!connection->under_way || !take_piece(connection))
                continue;
            pieces++;
            connection->under_way = false;
            if (connection->behind > 0) {
                connection->behind--;
                begin_piece(connection);
            } else {
                under_way--;
            }
        }
    }
    *taken = (double)(nanoseconds_now() - start) * 1e-9;
    return pieces;
}

static uint64_t frames_so_far(void)
{
    uint64_t frames = 0;
    for (long i = 0; i < connection_count; i++)
        frames += connections[i].wire->frames;
    return frames;
}

static void set_up_paced(void)
{
    double taken;
    for (uint32_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (char)(i * 2654435761u >> 24);
    prctl(PR_SET_TIMERSLACK, 1UL);
    open_connections(0, connection_count);
    for (long i = 0; i < connection_count; i++)
        if (!connections[i].wire)
            connections[i].wire = wire_open(connections[i].fd, NULL);
    watch_connections();
    if (warmup_seconds > 0)
        paced_for(warmup_seconds, &taken);
}

static void set_up_up(void)
{
    upwards = true;
    set_up_paced();
}

static void run_paced(char *result, size_t room)
{
    double taken;
    uint64_t frames = frames_so_far(), pieces = paced_for(run_seconds, &taken);
    frames = frames_so_far() - frames;
    snprintf(result, room, "{\"seconds\":%.6f,\"bytes\":%llu,\"frames\":%llu}",
        taken, (unsigned long long)(pieces * PIECE), (unsigned long long)frames);
}

// ---- connect ------------------------------------------------------------------------------------------------------

// Each slot runs one session after another as a small state machine. Events arrive in this order.
struct slot {
    int fd;
    bool greeted;              // all expected bytes have arrived, our end of stream is sent
    size_t got, wanted;        // reply and greeting together
    uint8_t in[512];
};

static uint64_t completed, begun, served;

// Keys to send in turn, each as a frame, because a relay would remember the key of a returning client.
static struct { uint8_t *frame; size_t size; } *keys;
static size_t key_count;

static void begin_session(struct slot *slot)
{
    slot->fd = new_socket((uint32_t)begun++, SOCK_NONBLOCK);
    slot->greeted = false;
    slot->got = 0;
    slot->wanted = (key ? 4 : 0) + (size_t)greeting;
    if (connect(slot->fd, (struct sockaddr *)&target, sizeof target) < 0 && errno != EINPROGRESS)
        die("connect: %s", strerror(errno));
    // Over loopback the connection is established when connect() returns. If it were not, this would fail.
    size_t which = key_count ? begun % key_count : 0;
    const void *said = key_count ? keys[which].frame : (void *)frame;
    size_t size = key_count ? keys[which].size : frame_size;
    if (key && send(slot->fd, said, size, 0) != (ssize_t)size && !refused)
        die("handshake: %s", strerror(errno));
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = slot };
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, slot->fd, &event), "epoll_ctl");
}

static void take_greeting(struct slot *slot, size_t count)
{
    slot->got += count;
    if (key && slot->got >= 4 && slot->wanted == 4 + (size_t)greeting) {
        uint32_t length = slot->in[0] | slot->in[1] << 8 | slot->in[2] << 16 | (uint32_t)slot->in[3] << 24;
        if (length == 0 || length > 256)
            die("handshake: reply of %u bytes", length);
        slot->wanted += length;
    }
    if (slot->got > slot->wanted)
        die("received more than expected");
    if (slot->got < slot->wanted)
        return;
    if (key && !memcmp(slot->in + 4, "error ", 6))
        die("handshake: %.*s", (int)(slot->got - 4), slot->in + 4);
    slot->greeted = true;
    shutdown(slot->fd, SHUT_WR);
}

static void on_slot(struct slot *slot, bool running, long *open)
{
    ssize_t count = recv(slot->fd, slot->in + slot->got, sizeof slot->in - slot->got, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (refused) {
        slot->got += count > 0 ? (size_t)count : 0;
        bool is_served = slot->got > 4 && memcmp(slot->in + 4, "error ", slot->got < 10 ? slot->got - 4 : 6);
        if (count > 0 && !is_served)
            return;
        close(slot->fd);
        *(is_served ? &served : &completed) += 1;
        if (running)
            begin_session(slot);
        else
            --*open;
        return;
    }
    if (count < 0)
        die("session %llu: %s", (unsigned long long)completed, strerror(errno));
    if (count > 0 && slot->greeted)
        die("received more than expected");
    if (count > 0) {
        take_greeting(slot, (size_t)count);
        return;
    }
    if (!slot->greeted && slot->got >= 10 && key && !memcmp(slot->in + 4, "error ", 6))
        die("handshake: %.*s", (int)(slot->got - 4), slot->in + 4);
    if (!slot->greeted)
        die("session %llu: closed by the relay before the greeting", (unsigned long long)completed);
    close(slot->fd);
    completed++;
    if (running)
        begin_session(slot);
    else
        --*open;
}

static void connect_for(struct slot *slots, double seconds, double *taken)
{
    double start = seconds_now(), end = start + seconds;
    completed = 0;
    long open = connection_count;
    for (long i = 0; i < connection_count; i++)
        begin_session(&slots[i]);
    bool running = true;
    struct epoll_event events[EVENTS_PER_TURN];
    while (open) {
        int ready = epoll_wait(epoll, events, EVENTS_PER_TURN, 10000);
        if (ready == 0)
            die("no progress within 10 s, %ld sessions hang", open);
        if (running && seconds_now() >= end)
            running = false;
        for (int i = 0; i < ready; i++)
            on_slot(events[i].data.ptr, running, &open);
    }
    *taken = seconds_now() - start;
}

static struct slot *slots;

static void set_up_connect(void)
{
    if (!key && !greeting)
        die("connect needs --key or --greeting, because nothing else proves that the backend was reached");
    slots = calloc((size_t)connection_count, sizeof *slots);
    if (!slots)
        die("out of memory");
    double taken;
    if (warmup_seconds > 0)
        connect_for(slots, warmup_seconds, &taken);
}

static void run_connect(char *result, size_t room)
{
    double taken;
    served = 0;
    connect_for(slots, run_seconds, &taken);
    snprintf(result, room, "{\"seconds\":%.6f,\"count\":%llu,\"served\":%llu}",
        taken, (unsigned long long)completed, (unsigned long long)served);
}

static void set_up_refused(void)
{
    refused = true;
    greeting = 1;
    set_up_connect();
}

static void read_keys(const char *path)
{
    static char line[MAX_KEY + 2];
    FILE *file = fopen(path, "r");
    if (!file)
        die("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, file)) {
        size_t length = strcspn(line, "\n");
        keys = realloc(keys, (key_count + 1) * sizeof *keys);
        keys[key_count].frame = malloc(4 + length);
        keys[key_count].size = 4 + length;
        for (int i = 0; i < 4; i++)
            keys[key_count].frame[i] = (uint8_t)(length >> 8 * i);
        memcpy(keys[key_count].frame + 4, line, length);
        key_count++;
    }
    fclose(file);
    if (key_count == 0)
        die("%s: no keys", path);
    key = "in turn";
}

// ---- idle ---------------------------------------------------------------------------------------------------------

// Echoes one message, so that the connection to the backend is established and the relay has handled data on it.
static void use_once(struct connection *connection)
{
    send_message(connection);
    read_exactly(connection, connection->in, MESSAGE, "first use");
    compare_message(connection);
}

static void set_up_idle(void)
{
    if (base_count > connection_count)
        die("--base is above --connections");
    for (long i = 0; i < connection_count; i++) {
        if (i == base_count && i > 0) {
            tell("base");
            if (!told_to_go_on())
                exit(0);
        }
        open_connection(&connections[i], (uint32_t)i);
        use_once(&connections[i]);
    }
}

static void run_idle(char *result, size_t room)
{
    for (long i = 0; i < connection_count; i++) {
        char byte;
        ssize_t count = recv(connections[i].fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
        if (count >= 0 || errno != EAGAIN)
            die("connection %ld did not stay open", i);
    }
    snprintf(result, room, "{\"seconds\":0,\"count\":%ld}", connection_count);
}

// ---- start --------------------------------------------------------------------------------------------------------

static void set_key(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > MAX_KEY)
        die("--key must have 1 to %d bytes", MAX_KEY);
    key = text;
    for (int i = 0; i < 4; i++)
        frame[i] = (char)(length >> 8 * i);
    memcpy(frame + 4, text, length);
    frame_size = 4 + length;
}

static const struct mode {
    const char *name;
    void (*set_up)(void);
    void (*run)(char *result, size_t room);
} modes[] = {
    { "echo", set_up_echo, run_echo },
    { "rate", set_up_rate, run_rate },
    { "bulk", set_up_bulk, run_bulk },
    { "down", set_up_paced, run_paced },
    { "up", set_up_up, run_paced },
    { "connect", set_up_connect, run_connect },
    { "refused", set_up_refused, run_connect },
    { "idle", set_up_idle, run_idle },
};

static const struct mode *parse_mode(const char *text)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(text, modes[i].name))
            return &modes[i];
    die("unknown mode '%s'", text);
}

static void parse_wire(const char *text)
{
    wire_websocket = !strcmp(text, "ws") || !strcmp(text, "wss");
    wire_tls = !strcmp(text, "tls") || !strcmp(text, "wss");
    if (!wired() && strcmp(text, "tcp"))
        die("unknown wire '%s'", text);
#ifndef WITH_TLS
    if (wire_tls)
        die("built without TLS");
#endif
}

int main(int count, char **arguments)
{
    start_program("load");
    const struct mode *mode = NULL;
    for (int i = 1; i < count; i += 2) {
        const char *name = arguments[i], *value = arguments[i + 1];
        if (!value)
            die("%s needs a value", name);
        if (!strcmp(name, "--mode"))
            mode = parse_mode(value);
        else if (!strcmp(name, "--target"))
            target = parse_address(value);
        else if (!strcmp(name, "--wire"))
            parse_wire(value);
        else if (!strcmp(name, "--key"))
            set_key(value);
        else if (!strcmp(name, "--keys"))
            read_keys(value);
        else if (!strcmp(name, "--connections"))
            connection_count = parse_number(value, 1, 1000000);
        else if (!strcmp(name, "--base"))
            base_count = parse_number(value, 0, 1000000);
        else if (!strcmp(name, "--greeting"))
            greeting = parse_number(value, 0, 64);
        else if (!strcmp(name, "--rate"))
            rate = parse_number(value, 1, 100000000000);
        else if (!strcmp(name, "--unit"))
            unit = (uint64_t)parse_number(value, 1, 1 << 30);
        else if (!strcmp(name, "--seconds"))
            run_seconds = parse_seconds(value);
        else if (!strcmp(name, "--warmup"))
            warmup_seconds = parse_seconds(value);
        else
            die("unknown option %s", name);
    }
    if (!mode || !target.sin_port)
        die("--mode and --target are needed");
    if (wired() && (mode->set_up == set_up_bulk || mode->set_up == set_up_connect || mode->set_up == set_up_refused))
        die("bulk, connect and refused need --wire tcp");

    epoll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    connections = calloc((size_t)connection_count, sizeof *connections);
    if (!connections)
        die("out of memory");

    mode->set_up();
    tell("ready");
    while (told_to_go_on()) {
        char result[512];
        mode->run(result, sizeof result);
        tell(result);
    }
    return 0;
}
