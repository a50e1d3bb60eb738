/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which socket an exchange uses, for the one thing that libcurl has no option for: acknowledging at
 * once.
 *
 * Servers that send head and body apart without TCP_NODELAY (Ceph's gateway is one) hold the body
 * back until the head is acknowledged, and a peer that has just sent a request acknowledges 40 ms
 * late, in the hope of having more to send. TCP_QUICKACK says it at once, but it does not stay: it
 * is set when a head has arrived and a body is to follow. libcurl tells the socket of a transfer
 * only when it is over, but its local port when the request is about to go; so the loop's sockets
 * are remembered by port.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/curl_impl.h"

static curl_socket_t on_open(void *userdata, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct curl_sockets *all = userdata;
    int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
    (void)purpose;
    if (fd >= 0 && all->n < PAIL_ARRAY_LEN(all->list))
        all->list[all->n++] = (struct curl_socket_entry){.fd = fd};
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int on_close(void *userdata, curl_socket_t fd)
{
    struct curl_sockets *all = userdata;
    for (size_t i = 0; i < all->n; i++)
        if (all->list[i].fd == fd) {
            all->list[i] = all->list[--all->n];
            break;
        }
    return close(fd);
}

static int local_port(int fd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof(a);
    if (getsockname(fd, (struct sockaddr *)&a, &len))
        return 0;
    if (a.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&a)->sin_port);
    return a.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&a)->sin6_port) : 0;
}

void pail_curl_sockets_watch(struct curl_sockets *all, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, all);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, all);
}

int pail_curl_sockets_find(struct curl_sockets *all, int port)
{
    for (size_t i = 0; i < all->n; i++) {
        struct curl_socket_entry *e = &all->list[i];
        if (!e->port) /* not connected when it was last looked at */
            e->port = local_port(e->fd);
        if (e->port == port)
            return e->fd;
    }
    return -1;
}

void pail_curl_sockets_acknowledge(int fd)
{
    int on = 1;
    /* Where it is refused, the answer comes as late as it did. */
    if (fd >= 0)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}
