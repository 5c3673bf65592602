"""
A letter a connection: servers close those that idle, and letters are few and far between.
"""

from __future__ import annotations

from email.message import EmailMessage
from typing import Self

import aiosmtplib
from attrs import frozen

from carmarket.adapters.smtp.server import SmtpServer, Tls
from carmarket.codec.letters import Sender, parse_sender, write
from carmarket.core.errors import InvalidError, UnavailableError
from carmarket.core.letters import Letter
from carmarket.core.users.email import parse_email
from carmarket.ports.clock import Clock
from carmarket.ports.mail import Mailer

TIMEOUT = 10.0
"""Seconds for each step of the conversation."""
RETRY_AFTER = 60.0
PERMANENT = 500
"""Replies from here on say that trying again is of no use (RFC 5321, 4.2.1)."""


@frozen(kw_only=True)
class SmtpMailer(Mailer):
    """
    What a server has taken is on its way.

    A refusal that is for good and concerns the letter or its address is an InvalidError. All else, a log-in that
    fails too, is UnavailableError: the letter waits until somebody has mended it.
    """

    server: SmtpServer
    sender: Sender
    clock: Clock
    timeout: float = TIMEOUT

    @classmethod
    def of(cls, server: SmtpServer, *, sender: str, clock: Clock) -> Self:
        """
        Letters by way of this server.

        Raises: InvalidError for what is no sender.
        """
        return cls(server=server, sender=parse_sender(server.sender or sender), clock=clock)

    async def send(self, letter: Letter) -> None:
        message = write(letter, sender=self.sender, now=self.clock.now())
        to = parse_email(letter.to)
        try:
            await self._hand_over(message, to)
        except aiosmtplib.SMTPNotSupported as lacking:
            raise _refused("The mail server takes no addresses with letters beyond ASCII.", to) from lacking
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            raise _judged(refusal.recipients[0], to) from refusal
        except aiosmtplib.SMTPDataError as refusal:
            raise _judged(refusal, to) from refusal
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _away(error) from error

    async def _hand_over(self, message: EmailMessage, to: str) -> None:
        server = self.server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls is Tls.TLS,
            start_tls=server.tls is Tls.STARTTLS,
            local_hostname=self.sender.domain,
            timeout=self.timeout,
        )
        async with client:
            options = [] if to.isascii() else ["SMTPUTF8"]
            await client.sendmail(self.sender.address, [to], bytes(message), mail_options=options)


def _judged(reply: aiosmtplib.SMTPResponseException, to: str) -> InvalidError | UnavailableError:
    if reply.code >= PERMANENT:
        return _refused(f"The mail server refuses the letter: {reply.code} {reply.message}", to)
    return _away(reply)


def _refused(why: str, to: str) -> InvalidError:
    return InvalidError(why, field="email", value=to, expected="an address that takes letters")


def _away(error: Exception) -> UnavailableError:
    return UnavailableError(f"The mail server does not take letters now: {error}", retry_after=RETRY_AFTER)
