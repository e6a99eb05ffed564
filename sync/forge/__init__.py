"""Talk to GitHub and GitLab: comments, issues, pull requests and merge requests."""
