"""Talk to GitHub and GitLab: comments, issues, pull requests and merge requests."""

from sync.forge.github import GitHub
from sync.forge.github_tickets import GitHubTickets
from sync.forge.gitlab import GitLab
from sync.forge.gitlab_tickets import GitLabTickets
from sync.forge.sticky import Comment, Forge, PostOutcome, post_comment, post_issue, retry_busy
from sync.forge.tickets import Ticket, TicketDraft, Tracker

__all__ = [
    "Comment",
    "Forge",
    "GitHub",
    "GitHubTickets",
    "GitLab",
    "GitLabTickets",
    "PostOutcome",
    "Ticket",
    "TicketDraft",
    "Tracker",
    "post_comment",
    "post_issue",
    "retry_busy",
]
