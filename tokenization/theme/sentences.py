# ruff: noqa: E501 a sentence is kept as it is said
"""What rooms below the portal say there, as written by them, with a hole for each figure or name (theme/told.py)."""

from __future__ import annotations

from django.utils.translation import gettext_noop as said

MONTHS = [
    said("Jan"), said("Feb"), said("Mar"), said("Apr"), said("May"), said("Jun"),
    said("Jul"), said("Aug"), said("Sep"), said("Oct"), said("Nov"), said("Dec"),
]  # fmt: skip
LABELS = [
    # Faces, kinds, claims, categories, states, tax (their models).
    said("Office"), said("Investor portal"), said("Assurance"), said("Examination"), said("Market treasury bill"),
    said("Pakistan investment bond"), said("Reserve-backed token"), said("Ownership of a share of the stored commodity"),
    said("A debt secured by the stored commodity"), said("A right to delivery of the commodity"),
    said("Primary dealer"), said("Bank"), said("Fund"), said("Resident"), said("Non-resident"), said("Public body"),
    said("Distributor"), said("waits for both signatures"), said("signed by both"), said("on its way to the chain"),
    said("both legs are in the register"), said("its time passed; nothing moved"), said("can never settle; nothing moved"),
    said("Filer"), said("Non-filer"), said("Non-resident account"), said("Exempt body"), said("Under a treaty"),
    said("the coupon"), said("face less what the holder paid"), said("Bid"), said("Amendment"), said("Withdrawal"),
    said("bid"), said("amendment"), said("withdrawal"), said("Redemption"), said("price"), said("yield"), said("at"),
    said("above"), said("below"), said("taken back by the holder"),
    # Phases of an auction.
    said("opens later"), said("open for bids"), said("closed: the decision is awaited"), said("decided"),
    said("all bids rejected"), said("cancelled"),
    # The receipt of a bid, and what a unit costs.
    said("Face amount"), said("Auction"), said("Your reference"), said("In place of bid"), said("Received"),
    said("Placed by"), said("Kind"), said("with a price (competitive)"), said("without a price (non-competitive)"),
    said("Price per 100"), said("Price per unit"), said("Backing"), said("Settlement account at the fiscal agent"),
    # The result of an auction.
    said("Announced target, face"), said("Offered competitively, face"),
    said("Offered without a price (non-competitive), face"),
    said("Void beside it: above a bidder's cap, or not his only bid without a price"),
    said("Accepted competitively, face"), said("Accepted without a price, face"), said("Money realised"),
    said("of which accrued interest"), said("Cut-off price per 100"), said("Cut-off yield"),
    said("Weighted average price per 100"), said("Weighted average yield"), said("Share served at the cut-off"),
    said("Bid-to-cover"),
    said("bars"), said("tanks"),
    # What a second factor is asked for again before (theme/entry).
    said("go on"), said("change how you sign in"),
    # Files that were refused.
    said("Line"), said("Field"), said("What is wrong"), said("Rule"), said("whole file"),
]  # fmt: skip
SENTENCES = [
    # Measures and figures.
    said("%(figure)s fine troy ounce"), said("%(figure)s fine troy ounces"), said("%(figure)s fine silver ounce"),
    said("%(figure)s fine silver ounces"), said("%(figure)s net standard barrel at 60 F"),
    said("%(figure)s net standard barrels at 60 F"), said("%(quantity)s per unit"), said("Price per fine troy ounce"),
    said("Price per fine silver ounce"), said("Price per net standard barrel"), said("Coupon %(number)s"),
    said("%(time)s, %(count)s milliseconds"), said("%(rate)s %% a year"), said("%(paper)s, auction %(number)s"),
    said("%(name)s, through %(dealer)s"),
    # A bid that breaks a rule.
    said("The face must be above 0."),
    said("The face is larger than any amount that is kept: check the number of zeros."),
    said("The smallest bid is %(face)s of face."), said("The face is a multiple of %(face)s."),
    said("A competitive bid names a price or a yield."),
    said("A non-competitive bid names no price or yield: it pays the average or the cut-off."),
    said("%(number)s is no price per 100 or percentage."), said("%(number)s has more than %(places)s decimals."),
    said("The price must be above 0."), said("%(number)s: must agree with the price, whose yield is %(rate)s."),
    said("%(number)s: leaves no positive price."), said("%(number)s: above %(least)s."),
    said("%(message)s Correct the bid."),
    said("%(dealer)s does not bid directly in this auction; bid through an admitted dealer."),
    said("%(bidder)s has given %(dealer)s no mandate that is in force."), said("The KYC of %(party)s is not valid."),
    said("%(user)s acts neither for the dealer nor for the bidder. Sign in as somebody who does."),
    said("%(auction)s takes bids from %(opens)s; it is %(now)s."),
    said("%(auction)s took bids until %(closes)s; it is %(now)s."), said("%(auction)s is %(state)s: it takes no bids."),
    said("A reference has at most %(longest)s letters, digits, spaces and . _ / -"),
    said("The reference %(reference)s stands on another bid of this dealer. "
         "Amend that bid, or give this one a reference of its own."),
    said("This bid is withdrawn. Place a new one."),
    said("Bid %(number)s was amended or withdrawn already. Load it again and change what stands now."),
    said("This idempotency key was used for another request. Send each new request with a new key."),
    said("This file was taken in already. Amend single bids, or send a file with the new ones only."),
    # A bid that may be a slip.
    said("%(face)s is %(times)s times the announced target of %(target)s. "
         "The state may take more than its target, and all of this bid: you must then pay %(cost)s."),
    said("%(face)s is %(times)s times the announced target of %(target)s. "
         "The state may take more than its target, and all of this bid."),
    said("Its yield of %(rate)s %% a year lies above what is usual here, %(low)s to %(high)s %% (%(reason)s). "
         "It ranks behind all usual bids and most likely buys nothing. Look for a slipped digit in price and yield."),
    said("Its yield of %(rate)s %% a year lies below what is usual here, %(low)s to %(high)s %% (%(reason)s). "
         "It ranks before all usual bids: you pay its own price, %(cost)s. Look for a slipped digit in price and yield."),
    said("Its yield of %(rate)s %% a year lies below what is usual here, %(low)s to %(high)s %% (%(reason)s). "
         "It ranks before all usual bids: you pay its own price. Look for a slipped digit in price and yield."),
    said("Its yield of %(rate)s %% a year lies below what is usual here, %(low)s to %(high)s %% (%(reason)s). "
         "It ranks before all usual bids: it wins at whatever cut-off is set. "
         "Look for a slipped digit in price and yield."),
    said("Without a price one bidder gets at most %(most)s. Above that the bid is void: it buys nothing."),
    said("%(count)s bids without a price would stand for this bidder, and one is allowed: all of them would be void and "
         "buy nothing. Change or withdraw the other one instead."),
    said("Above the cap of %(most)s for a non-competitive bid: it will be void."),
    said("This bidder has another non-competitive bid here: two or more void all of them. Withdraw one."),
    # Lines of a bid file.
    said("the file holds nothing"), said("there is a heading and no bid"), said("there is no party %(reference)s"),
    said("there is no column %(name)s"), said("two columns are called %(name)s"),
    said("there is no column price and none called yield"), said("an empty line between bids"),
    said("column %(number)s is not one of %(columns)s"), said("%(count)s cells, and the heading has %(columns)s"),
    said("the file is sent by %(dealer)s"), said("%(kind)s is neither C nor N"),
    said("a competitive bid names a price or a yield"), said("a non-competitive bid names no price or yield"),
    said("no %(field)s is given"), said("%(text)s is not a whole number of currency units"),
    said("%(text)s has more than %(count)s digits before the point: a date?"),
    said("%(text)s has more than %(count)s digits"), said("%(text)s has more than %(count)s decimals"),
    said("the face must be above 0"), said("the price must be above 0"), said("%(text)s is negative"),
    said("%(text)s: write the digits without thousands separators"), said("%(text)s: the decimal sign is a point"),
    said("%(text)s is not a plain number: digits and at most one point"), said("%(text)s is not %(rule)s"),
    said("%(reference)s stands on line %(line)s already"), said("%(reference)s stands on an earlier bid of %(dealer)s"),
    said("%(isin)s is not the paper of this auction, %(paper)s"),
    # Amounts, and settlement cash turned into money.
    said("%(amount)s has more decimals than %(currency)s allows."), said("%(amount)s is not an amount."),
    said("Say which account is to be paid."), said("This wallet is the treasury's. Sweep the proceeds instead."),
    said("%(free)s can be paid out of this wallet, not %(amount)s."), said("The wallet is nobody's."),
    said("%(user)s does not act for %(party)s."), said("There is no cash token in %(currency)s."),
    said("Another pay-out of this wallet was asked for meanwhile. Look at what was asked for, then check again."),
    said("The physical redemption is being changed by somebody else. Try again in a moment."),
    # Bars and tanks for units.
    said("The KYC of %(party)s is not valid today. Renew it first: what is delivered leaves the platform for good."),
    said("Say who collects, in at most 200 characters."), said("Say why."), said("Nobody holds this wallet."),
    said("The wallet does not hold %(units)s units that are free. Choose fewer items, or another wallet."),
    said("One of these items is asked for already. Choose another."),
    said("%(item)s is asked for already. Choose another."), said("Choose existing items, each once."),
    said("%(item)s is free."), said("%(item)s is pledged."), said("%(item)s is encumbered."),
    said("%(item)s is to be released."), said("%(item)s is released."),
    said("Choose items of one vault behind one token."),
    said("Items of %(series)s could be asked for up to %(day)s. "
         "Units that are left are redeemed as the terms of the series say."),
    said("Only the holder, or an officer for him, may do this."),
    # A second factor.
    said("You have an authenticator app already. Remove it first."),
    said("That code is not right. Type the one that your app shows now."),
    said("There were too many wrong codes. Try again in 15 minutes."),
    said("There is nothing to recover yet. Set up an app or a passkey first."), said("You have no such factor."),
    said("This is your only second factor, and your work needs one. Set up another one first."),
]  # fmt: skip
